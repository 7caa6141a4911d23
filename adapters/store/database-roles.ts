import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { SESSION } from "./drivers/session.ts";
import { MIGRATORS_LOCK } from "./migrate.ts";
import { defineStatement, type SqlClient, type Statement } from "./sql-client.ts";

export interface RoleNames {
  /** Signs in with a password, through the Data API. */
  readonly functions: string;
  /** Signs in by IAM, and has no password. */
  readonly gateway: string;
  /** Signs in nowhere: what is granted to it may ask `hodei.fence_ok`, and nothing else. */
  readonly fence: string;
}

export const ROLES: RoleNames = {
  functions: "hodei_functions",
  gateway: "hodei_gateway",
  fence: "hodei_fence",
};

/**
 * The roles and their rights, made anew at every deployment, so that a right that is taken from here is
 * taken from them. The functions' role gets the settings that sessions of the other driver set, because
 * the sessions of the Data API are not ours. `rds_iam` is there on Amazon RDS alone, and is what lets a
 * role sign in with a token.
 */
function rolesStatement({ functions, gateway, fence }: RoleNames): Statement {
  const both = `${functions}, ${gateway}`;
  const create = (role: string, kind: "login" | "nologin") => `
  if not exists (select from pg_roles where rolname = '${role}') then
    create role ${role} ${kind};
  end if;`;
  const settings = Object.entries(SESSION)
    .map(([name, value]) => `alter role ${functions} set ${name} = '${value}';`)
    .join("\n  ");
  return defineStatement(
    "roles_bootstrap",
    `do $bootstrap$
begin
  perform pg_advisory_xact_lock(${MIGRATORS_LOCK});
  -- \`alter role\` takes no parameters, and what stands in the text of a statement is in logs.
  create or replace function hodei.set_verifier(doc jsonb) returns boolean
  language plpgsql as $set$
  begin
    execute format('alter role %I password %L', doc->>'role', doc->>'verifier');
    return true;
  end
  $set$;${create(functions, "login")}${create(gateway, "login")}${create(fence, "nologin")}
  if exists (select from pg_roles where rolname = 'rds_iam') then
    grant rds_iam to ${gateway};
  end if;
  ${settings}
  grant usage on schema hodei to ${both}, ${fence};
  grant select, insert, update, delete on all tables in schema hodei to ${both};
  grant usage, select on all sequences in schema hodei to ${both};
  grant execute on all functions in schema hodei to ${both};
  revoke insert, update, delete on hodei.migration from ${both};
  revoke execute on all functions in schema hodei from public; -- Postgres grants it to everybody
  revoke execute on function hodei.apply_migration(jsonb) from ${both};
  grant execute on function hodei.fence_ok(uuid, bigint) to ${fence};
end
$bootstrap$`,
  );
}

const SET_VERIFIER = defineStatement(
  "roles_set_verifier",
  "select to_jsonb(hodei.set_verifier(:doc::jsonb)) as doc",
);

const DROP_SETTER = defineStatement(
  "roles_drop_setter",
  "drop function if exists hodei.set_verifier(jsonb)",
);

/**
 * The roles that functions and gateway work as: they read and write rows, and change no table; and the one
 * that operators grant to those whose transactions ask for the fence. Only what verifies the password
 * reaches the database. `sql` must be of a role that owns the schema and may make
 * roles. Throws SqlError.
 */
export async function makeRoles(
  sql: SqlClient,
  functionsPassword: string,
  roles: RoleNames = ROLES,
): Promise<void> {
  await sql.query(rolesStatement(roles));
  const verifier = scramVerifier(functionsPassword, randomBytes(16));
  const doc = JSON.stringify({ role: roles.functions, verifier });
  await sql.query(SET_VERIFIER, { doc });
  await sql.query(DROP_SETTER);
}

const ITERATIONS = 4096; // what Postgres itself uses
const KEY_BYTES = 32;

/** SCRAM-SHA-256 as Postgres stores it (RFC 5802, RFC 7677): the password cannot be had from it. */
export function scramVerifier(password: string, salt: Buffer): string {
  const salted = pbkdf2Sync(password.normalize("NFKC"), salt, ITERATIONS, KEY_BYTES, "sha256");
  const sign = (text: string) => createHmac("sha256", salted).update(text).digest();
  const storedKey = createHash("sha256").update(sign("Client Key")).digest("base64");
  const serverKey = sign("Server Key").toString("base64");
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString("base64")}$${storedKey}:${serverKey}`;
}
