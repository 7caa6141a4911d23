import { once } from "node:events";
import { createServer } from "node:net";
import pg from "pg";
import { describe, expect, test, vi } from "vitest";
import { createPgClient, PG_LIMITS } from "#adapters/store/drivers/pg.ts";
import { realPace } from "#adapters/store/drivers/retry.ts";
import { defineStatement } from "#adapters/store/sql-client.ts";
import { createEmptyDatabase } from "../support/database.ts";
import { sqlClientExam } from "./sql-client.exam.ts";

const options = { poolSize: 3, applicationName: "exam" };

sqlClientExam("node-postgres", async (url) => ({
  connect: () => createPgClient({ ...options, url }),
  limits: null,
  close: async () => {},
}));

describe("node-postgres", () => {
  const one = defineStatement("pg_one", "select to_jsonb(1) as doc");
  const write = defineStatement("pg_write", "create table if not exists made (id int)");

  async function withDatabase(body: (url: string, admin: pg.Client) => Promise<void>) {
    const database = await createEmptyDatabase();
    const admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    await body(database.url, admin).finally(() => admin.end());
    await database.drop();
  }

  test("bounds its sessions and keeps them in UTC", () =>
    withDatabase(async (url) => {
      const sql = createPgClient({ ...options, url });
      const settings = defineStatement(
        "pg_settings",
        `select jsonb_object_agg(name, setting) as doc from pg_settings where name in
         ('TimeZone', 'statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'application_name')`,
      );
      expect(await sql.query(settings)).toEqual([
        {
          TimeZone: "UTC",
          statement_timeout: `${PG_LIMITS.statementTimeoutMs}`,
          lock_timeout: `${PG_LIMITS.lockTimeoutMs}`,
          idle_in_transaction_session_timeout: `${PG_LIMITS.idleInTransactionMs}`,
          application_name: "exam",
        },
      ]);
      await sql.close();
    }));

  test("leaves a server that stopped being the writer, with every connection to it", () =>
    withDatabase(async (url, admin) => {
      const { rows } = await admin.query<{ name: string }>("select current_database() as name");
      const alter = (value: string) =>
        admin.query(`alter database ${rows[0]?.name} set default_transaction_read_only = ${value}`);
      await alter("on"); // the sessions opened now lead to a reader, for good
      const sleep = vi.fn(async () => {
        await alter("off"); // the name now leads to the new writer
      });
      const sql = createPgClient({ ...options, url, pace: { ...realPace, sleep } });
      await Promise.all([sql.query(one), sql.query(one), sql.query(one)]);
      await sql.query(write);
      expect(sleep).toHaveBeenCalledOnce();
      await Promise.all([sql.query(write), sql.query(write), sql.query(write)]);
      expect(sleep).toHaveBeenCalledOnce();
      await sql.close();
    }));

  test("prepares again when a migration changed a table under a statement", () =>
    withDatabase(async (url, admin) => {
      await admin.query("create table t (doc json); insert into t values ('1')");
      const sql = createPgClient({ ...options, url, poolSize: 1 });
      const all = defineStatement("pg_all", "select * from t");
      expect(await sql.query(all)).toEqual([1]);
      await admin.query("alter table t alter column doc type jsonb using doc::jsonb");
      expect(await sql.query(all)).toEqual([1]);
      await sql.close();
    }));

  test("tells of an idle connection that was lost", () =>
    withDatabase(async (url, admin) => {
      const onError = vi.fn();
      const sql = createPgClient({ ...options, url, onError });
      await sql.query(one);
      await admin.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'exam' and datname = current_database()",
      );
      await vi.waitFor(() => expect(onError).toHaveBeenCalled());
      await sql.close();
    }));

  test("nobody listens: bounded tries with growing waits, then unavailable", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    const waits: number[] = [];
    const pace = { ...realPace, random: () => 1, sleep: async (ms: number) => void waits.push(ms) };
    const sql = createPgClient({ ...options, url: `postgresql://u@127.0.0.1:${port}/d`, pace });
    await expect(sql.query(one)).rejects.toMatchObject({ kind: "unavailable", sqlState: null });
    expect(waits).toEqual([50, 100, 200, 400, 800]);
    await sql.close();
  });

  test("a wrong password is told at once, without the password", () =>
    withDatabase(async (url) => {
      const wrong = new URL(url);
      wrong.password = "hunter2";
      const sql = createPgClient({ ...options, url: wrong.href });
      const error = await sql.query(one).catch((thrown) => thrown);
      expect(error).toMatchObject({ kind: "unavailable", sqlState: "28P01" });
      expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain("hunter2");
      await sql.close();
    }));

  test("one name for two texts is a defect", () =>
    withDatabase(async (url) => {
      const sql = createPgClient({ ...options, url, poolSize: 1 });
      await sql.query(one);
      const other = sql.query(defineStatement("pg_one", "select to_jsonb(2) as doc"));
      await expect(other).rejects.toMatchObject({ kind: "defect" });
      await sql.close();
    }));

  test("after close a query is refused at once", () =>
    withDatabase(async (url) => {
      const sql = createPgClient({ ...options, url });
      await sql.close();
      await expect(sql.query(one)).rejects.toMatchObject({ kind: "unavailable" });
    }));
});
