import type { Environment } from "#adapters/environment/environment.ts";

/** Where the database is and how the gateway signs in. */
export type DatabaseAccess =
  /** A secret: holds the password. */
  | { readonly kind: "url"; readonly url: string }
  /** No password: a token of AWS for each connection, and TLS always. */
  | {
      readonly kind: "iam";
      readonly host: string;
      readonly port: number;
      readonly name: string;
      readonly user: string;
    };

const URLS = ["HODEI_DATABASE_URL", "DATABASE_URL"];
const PORT = { min: 1, max: 65_535 };

/** Exactly one of both ways; both at once could lead to two databases. */
export function readDatabase(environment: Environment): DatabaseAccess {
  const url = environment.address(URLS, ["postgresql", "postgres"], "");
  const host = environment.text("HODEI_DB_HOST", "");
  if (url !== "" && host !== "")
    environment.problem(`${URLS.join(" or ")} and HODEI_DB_HOST exclude each other`);
  if (url === "" && host === "")
    environment.problem(`${URLS.join(" or ")} is not set, nor is HODEI_DB_HOST`);
  if (host === "") return { kind: "url", url };
  return {
    kind: "iam",
    host,
    port: environment.integer("HODEI_DB_PORT", 5_432, PORT),
    name: environment.text("HODEI_DB_NAME", "hodei"),
    user: environment.text("HODEI_DB_USER", "hodei_gateway"),
  };
}
