import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from "vitest";
import { PG_LIMITS } from "#adapters/store/drivers/pg.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { readDocument } from "../support/documents.ts";
import { openStore } from "../support/store-fixture.ts";

const { fence, password } = inject("databaseRoles");
const suffix = randomBytes(4).toString("hex");
const [app, stranger] = [`app_${suffix}`, `stranger_${suffix}`];

let database: TestDatabase;
let admin: pg.Client;
beforeAll(async () => {
  database = await createDatabase();
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  for (const role of [app, stranger])
    await admin.query(`create role ${role} login password '${password}'`);
  await admin.query(`grant ${fence} to ${app}`);
});
afterAll(async () => {
  await admin.query(`drop role ${app}, ${stranger}`).finally(() => admin.end());
  await database.drop();
});

async function connect(role: string, name?: string): Promise<pg.Client> {
  const url = new URL(database.url);
  if (name !== undefined) url.pathname = name;
  Object.assign(url, { username: role, password });
  const client = new pg.Client({ connectionString: url.href });
  client.on("error", () => {}); // ended by the server, where the test is about that
  await client.connect();
  onTestFinished(() => client.end().catch(() => {}));
  return client;
}

const NOBODY = "00000000-0000-0000-0000-000000000001";
const ASK = `select hodei.fence_ok('${NOBODY}', 1) as ok`;

describe("an application's role", () => {
  test("asks for the fence when it was granted that", async () => {
    const client = await connect(app);
    expect((await client.query(ASK)).rows).toEqual([{ ok: false }]);
  });

  test.each([
    "select from hodei.run",
    "select from hodei.run for share",
    "update hodei.run set name = 'mine'",
    "insert into hodei.migration values (99, 'mine', false, '', now())",
    `select hodei.apply_migration('{"text": "select 1"}')`,
    "select hodei.clock()",
    "create function hodei.fence_ok(text) returns boolean language sql as 'select true'",
  ])("may not: %s", async (text) => {
    const client = await connect(app);
    await expect(client.query(text)).rejects.toThrow(/permission denied/);
  });

  test("without the grant it may not even ask", async () => {
    const client = await connect(stranger);
    await expect(client.query(ASK)).rejects.toThrow(/permission denied/);
  });

  test("does not choose what the function sees", async () => {
    const { rows } = await admin.query(
      "select prosecdef as definer, proconfig as settings from pg_proc where proname = 'fence_ok'",
    );
    expect(rows).toEqual([{ definer: true, settings: ["search_path=pg_catalog, pg_temp"] }]);
  });
});

describe("the SQL of docs/guides/fencing.md", () => {
  const [write = "", grant = "", make = "", ...more] = readDocument("docs/guides/fencing.md")
    .fences.filter(({ language }) => language === "sql")
    .map(({ text }) => text);
  /** Roles belong to the whole server, so they have names of their own here. */
  const ours = (text: string) =>
    text.replaceAll("hodei_fence", `own_${suffix}`).replaceAll("billing", `billing_${suffix}`);

  test("makes a role, grants it, and lets that write only where the attempt counts", async () => {
    expect(more).toEqual([]);
    const [login, role] = [`billing_${suffix}`, `own_${suffix}`];
    await admin.query(ours(make));
    onTestFinished(async () => {
      await admin.query(
        `drop table public.ledger; drop owned by ${role}; drop role ${role}, ${login}`,
      );
    });
    await admin.query(ours(grant));
    await admin.query(`create table public.ledger (run_id uuid primary key, amount int)`);
    await admin.query(
      `grant insert on public.ledger to ${login}; alter role ${login} password '${password}'`,
    );
    const client = await connect(login);
    const text = write.replaceAll(":run", `'${NOBODY}'::uuid`).replaceAll(":fence", "1");
    expect((await client.query(text)).rowCount).toBe(0);
    expect((await admin.query("select from public.ledger")).rowCount).toBe(0);
    await expect(client.query("select from hodei.run")).rejects.toThrow(/permission denied/);
  });
});

describe.each(["read committed", "repeatable read", "serializable"])("under %s", (level) => {
  test("an application hears yes, and after a change since its snapshot never does", async () => {
    const at = await openStore();
    onTestFinished(() => at.close());
    const { runId, fence: own } = await at.running();
    const [row] = await at.tables.rows("select current_database() as name");
    const client = await connect(app, String(row?.name));
    const ask = async () =>
      (await client.query(`select hodei.fence_ok('${runId}', ${own}) as ok`)).rows;
    await client.query(`begin isolation level ${level}; select 1`);
    expect(await ask()).toEqual([{ ok: true }]);
    await client.query(`commit; begin isolation level ${level}; select 1`);
    await at.cancel(runId);
    const later = ask().catch(({ code }: { code: string }) => code);
    expect(await later).toEqual(level === "read committed" ? [{ ok: false }] : "40001");
    await client.query("rollback");
  });
});

describe("how long a transaction that asked may go on", () => {
  const shown = async (client: pg.Client): Promise<string> => {
    const { rows } = await client.query<{ transaction_timeout: string }>(
      "show transaction_timeout",
    );
    return rows[0]?.transaction_timeout ?? "";
  };

  test("is bounded, shorter than those who change runs wait for a lock, and only for that one", async () => {
    const client = await connect(app);
    await client.query("begin");
    await client.query(ASK);
    expect(await shown(client)).toBe("3s");
    await client.query("commit");
    expect(await shown(client)).toBe("0");
    expect(3_000).toBeLessThan(PG_LIMITS.lockTimeoutMs);
  });

  test.each([
    { own: "250ms", becomes: "250ms" },
    { own: "1h", becomes: "3s" },
  ])("$own of its own becomes $becomes", async ({ own, becomes }) => {
    const client = await connect(app);
    await client.query(`begin; set local transaction_timeout = '${own}'`);
    await client.query(ASK);
    expect(await shown(client)).toBe(becomes);
    await client.query("rollback");
  });

  test("whoever takes longer loses the connection, and with it the lock", async () => {
    const { rows } = await admin.query<{ text: string }>(
      "select pg_get_functiondef('hodei.fence_ok(uuid, bigint)'::regprocedure) as text",
    );
    const text = rows[0]?.text ?? "";
    expect(text).toContain("integer := 3000;");
    await admin.query(text.replace("integer := 3000;", "integer := 200;"));
    onTestFinished(() => admin.query(text).then(() => {}));
    const client = await connect(app);
    const ended = new Promise<Error>((resolve) => client.once("error", resolve));
    await client.query("begin; set local transaction_timeout = '1h'");
    await client.query(ASK);
    expect((await ended).message).toMatch(/transaction timeout/);
  });
});
