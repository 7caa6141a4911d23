import { chownSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import {
  type IamConnectionOptions,
  iamConnection,
} from "#adapters/store/drivers/iam-connection.ts";
import { createPgClient } from "#adapters/store/drivers/pg.ts";
import { defineStatement } from "#adapters/store/sql-client.ts";
import { listenForWakes, type WakeHint } from "#adapters/wake/postgres-listen.ts";
import { type PostgresServer, startPostgres } from "#local/postgres/start-postgres.ts";
import { type Authority, makeAuthority } from "../support/certificates.ts";
import { until } from "../support/until.ts";

/** The server takes one token at a time: who kept an older one is not let in. */
class SignerFake {
  readonly signed: string[] = [];
  #valid = "none yet";

  static async make(): Promise<SignerFake> {
    const signer = new SignerFake();
    await signer.expire();
    return signer;
  }

  /** From now on only the next token is taken. */
  async expire(): Promise<void> {
    this.#valid = `token-${this.signed.length + 1}`;
    await administer(`alter role hodei_gateway password '${this.#valid}'`);
  }

  readonly sign = async (): Promise<string> => {
    this.signed.push(this.#valid);
    return this.#valid;
  };
}

let server: PostgresServer;
let authority: Authority;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hodei-tls-postgres-"));
  server = await startPostgres({ dataDir: folder, durable: false });
  authority = makeAuthority();
  const { certificate, key } = authority.issue("localhost");
  await administer(`alter system set ssl_cert_file = '${serverFile("server.crt", certificate)}'`);
  await administer(`alter system set ssl_key_file = '${serverFile("server.key", key)}'`);
  await administer("alter system set ssl = on");
  askForTokens();
  await administer("select pg_reload_conf()");
  await administer("create role hodei_gateway login");
}, 60_000);
afterAll(async () => {
  await server.stop();
  rmSync(server.dataDir, { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
});

test("every connection signs in with a token of its own, over TLS", async () => {
  const signer = await SignerFake.make();
  const sql = client({ token: signer.sign });
  expect(await sql.query(WHO)).toEqual([{ user: "hodei_gateway", ssl: true }]);
  await signer.expire();
  await cutConnections();
  expect(await sql.query(WHO)).toEqual([{ user: "hodei_gateway", ssl: true }]);
  expect(signer.signed).toEqual(["token-1", "token-2"]);
});

test("the connection that listens signs in the same way, also when it is opened again", async () => {
  const signer = await SignerFake.make();
  const hints: WakeHint[] = [];
  const listener = listenForWakes({
    connection: connection({ token: signer.sign }),
    log: { ...console, warn: vi.fn() } as never,
    onHint: (hint) => hints.push(hint),
  });
  onTestFinished(() => listener.close());
  await until("it listens", () => hints.length === 1);
  await signer.expire();
  await cutConnections();
  await until("it listens again", () => hints.length === 2);
  expect(signer.signed).toEqual(["token-1", "token-2"]);
});

test("a server of another authority never sees a token", async () => {
  const signer = await SignerFake.make();
  const elsewhere = makeAuthority("another authority");
  const failure = await refused({ token: signer.sign, authorities: [elsewhere.certificate] });
  expect(failure.message).toMatch(/certificate|issuer|signature/);
  expect(signer.signed).toEqual([]);
});

test("the authorities are those of RDS unless others are given", async () => {
  const signer = await SignerFake.make();
  const client = new pg.Client(
    iamConnection({ ...place(), host: "localhost" }, { token: signer.sign }),
  );
  client.on("error", () => {});
  await expect(client.connect()).rejects.toThrow(/certificate|issuer/);
  expect(signer.signed).toEqual([]);
});

test("a server whose certificate is for another name never sees a token", async () => {
  const signer = await SignerFake.make();
  const failure = await refused({ token: signer.sign }, "127.0.0.1");
  expect(failure.message).toMatch(/altnames|does not match/);
  expect(signer.signed).toEqual([]);
});

test("without credentials to sign with the database is unavailable, and the reason is told", async () => {
  const token = () => Promise.reject(new Error("could not load credentials"));
  const sql = client({ token });
  await expect(sql.query(WHO)).rejects.toMatchObject({
    kind: "unavailable",
    message: "database connection: could not load credentials",
  });
});

test("the real signer makes a token for this host, user and region, without asking anybody", async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "a secret that is none");
  onTestFinished(() => void vi.unstubAllEnvs());
  const host = "hodei.cluster-abc.eu-west-1.rds.amazonaws.com";
  const { password } = iamConnection({ ...place(), host, port: 5432 });
  const token = await (password as () => Promise<string>)();
  const signed = new URL(`https://${token}`);
  expect(`${signed.hostname}:${token.match(/:(\d+)/)?.[1]}`).toBe(`${host}:5432`);
  expect(Object.fromEntries(signed.searchParams)).toMatchObject({
    Action: "connect",
    DBUser: "hodei_gateway",
    "X-Amz-Expires": "900",
    "X-Amz-Credential": expect.stringMatching(
      /^AKIDEXAMPLE\/\d{8}\/eu-west-1\/rds-db\/aws4_request$/,
    ),
    "X-Amz-Signature": expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(token).not.toContain("a secret that is none");
});

const WHO = defineStatement(
  "test-who",
  `select jsonb_build_object('user', current_user, 'ssl', ssl) as doc
   from pg_stat_ssl where pid = pg_backend_pid()`,
);

const place = () => ({
  ...{ host: "localhost", port: server.port, name: "postgres" },
  ...{ user: "hodei_gateway", region: "eu-west-1" },
});

function connection(options: IamConnectionOptions, host = "localhost") {
  return iamConnection({ ...place(), host }, { authorities: [authority.certificate], ...options });
}

function client(options: IamConnectionOptions) {
  const pace = { now: () => 0, sleep: async () => {}, random: () => 0 };
  const sql = createPgClient({
    connection: connection(options),
    ...{ poolSize: 2, applicationName: "test", pace },
  });
  onTestFinished(() => sql.close());
  return sql;
}

async function refused(options: IamConnectionOptions, host?: string): Promise<Error> {
  const client = new pg.Client(connection(options, host));
  client.on("error", () => {});
  return client.connect().then(
    () => Promise.reject(new Error("it connected")),
    (error: Error) => error,
  );
}

const cutConnections = () =>
  administer(
    "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'hodei_gateway'",
  );

async function administer(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query(text).finally(() => client.end());
}

/** RDS asks for the token as it is, inside TLS. */
function askForTokens(): void {
  const path = join(server.dataDir, "data", "pg_hba.conf");
  const rules = readFileSync(path, "utf8");
  writeFileSync(path, `hostssl all hodei_gateway all password\n${rules}`);
}

/** As the server wants its key: nobody else's to read. */
function serverFile(name: string, text: string): string {
  const path = join(server.dataDir, name);
  writeFileSync(path, text, { mode: 0o600 });
  const { uid, gid } = statSync(join(server.dataDir, "data"));
  chownSync(path, uid, gid);
  return path;
}
