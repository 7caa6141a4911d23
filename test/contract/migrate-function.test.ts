import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type DataApi, startDataApi } from "#local/emulators/data-api/start-data-api.ts";
import { type PostgresServer, startPostgres } from "#local/postgres/start-postgres.ts";
import { handler } from "../../functions/maintenance/migrate.ts";
import { dumpSchema } from "../../scripts/dump-schema.ts";

const MIGRATIONS = fileURLToPath(new URL("../../migrations", import.meta.url));
const PASSWORD = "the functions' own password";

// A server of its own: the function makes roles, which all databases of a server share.
const dataDir = mkdtempSync(join(tmpdir(), "hodei-migrate-"));
let server: PostgresServer;
let api: DataApi;
let secrets: ReturnType<typeof createServer>;
let secret: string;

beforeAll(async () => {
  server = await startPostgres({ dataDir, durable: false });
  api = await startDataApi({ databaseUrl: server.url });
  secrets = createServer(async (request, response) => {
    const { SecretId } = JSON.parse(await text(request)) as { SecretId: string };
    const isKnown = SecretId === "arn:functions";
    response.statusCode = isKnown ? 200 : 400;
    response.end(
      JSON.stringify(
        isKnown ? { SecretString: secret } : { __type: "ResourceNotFoundException", message: "no" },
      ),
    );
  });
  await new Promise<void>((resolve) => secrets.listen(0, "127.0.0.1", resolve));
});

afterAll(async () => {
  secrets.close();
  await api.close();
  await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

function environment(folder = MIGRATIONS, functionsSecretArn = "arn:functions"): void {
  const { port } = secrets.address() as AddressInfo;
  const variables = {
    ...{ AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "none", AWS_SECRET_ACCESS_KEY: "none" },
    AWS_ENDPOINT_URL_RDS_DATA: api.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${port}`,
    HODEI_DB_RESOURCE_ARN: api.resourceArn,
    HODEI_DB_SECRET_ARN: api.secretArn,
    HODEI_DB_NAME: api.database,
    HODEI_FUNCTIONS_DB_SECRET_ARN: functionsSecretArn,
    HODEI_MIGRATIONS_DIR: folder,
    HODEI_LOG_LEVEL: "silent",
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
}

async function query<T>(statement: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  return (await client.query(statement).finally(() => client.end())).rows as T[];
}

test("an event that is none is refused before anything is done", async () => {
  environment();
  await expect(handler({} as never)).rejects.toThrow('the event has no action "migrate"');
});

test("brings an empty database to the schema of this release, and makes the roles", async () => {
  environment();
  secret = JSON.stringify({ username: "hodei_functions", password: PASSWORD });
  const { applied } = await handler({ action: "migrate" });
  expect(applied[0]).toBe("000001_schema");
  expect(await dumpSchema(server.url)).toContain("CREATE TRIGGER guard_run");
  const verifiers = await query<{ rolname: string; rolpassword: string | null }>(
    "select rolname, rolpassword from pg_authid where rolname like 'hodei!_%' escape '!' order by 1",
  );
  expect(verifiers).toEqual([
    { rolname: "hodei_fence", rolpassword: null },
    { rolname: "hodei_functions", rolpassword: expect.stringMatching(/^SCRAM-SHA-256\$4096:/) },
    { rolname: "hodei_gateway", rolpassword: null },
  ]);
  expect(await handler({ action: "migrate" })).toEqual({ applied: [] });
});

test("through the Data API the schema is what the dump says", async () => {
  const tables = (schema: string) => schema.match(/create table \S+/g);
  const dumped = readFileSync(join(MIGRATIONS, "schema.sql"), "utf8");
  expect(tables(await dumpSchema(server.url))).toEqual(tables(dumped));
});

test("a file that fails names itself, fails the deployment, and leaves nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hodei-broken-"));
  environment(folder);
  const applied = await query<{ name: string }>("select name from hodei.migration");
  for (const { name } of applied)
    copyFileSync(join(MIGRATIONS, `${name}.sql`), join(folder, `${name}.sql`));
  const next = String(applied.length + 1).padStart(6, "0");
  writeFileSync(
    join(folder, `${next}_broken.sql`),
    "create table hodei.half (id int); select no_such_function();",
  );
  await expect(handler({ action: "migrate" })).rejects.toThrow(
    new RegExp(`${next}_broken: (ERROR: )?function no_such_function`),
  );
  expect(await query("select to_regclass('hodei.half') as half")).toEqual([{ half: null }]);
  rmSync(folder, { recursive: true });
});

test("a secret that is not there, or holds no password, is said without a word of it", async () => {
  environment(MIGRATIONS, "arn:other");
  await expect(handler({ action: "migrate" })).rejects.toThrow(
    "the secret arn:other cannot be read: ResourceNotFoundException",
  );
  environment();
  secret = "hunter2, and no JSON";
  const refusal = await handler({ action: "migrate" }).catch((error) => error as Error);
  expect(String((refusal as Error).stack)).not.toContain("hunter2");
  expect(String(refusal)).toContain("holds no JSON with a password");
});
