import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { createControlStore } from "#adapters/store/control-store.ts";
import { createDatabase } from "../support/database.ts";
import { directClient } from "../support/direct-client.ts";
import { aRun } from "../support/factories.ts";
import { until } from "../support/until.ts";

async function connectTo(url: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  onTestFinished(() => client.end());
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  return {
    client,
    pid: rows[0]?.pid,
    store: createControlStore(directClient(client, (statement) => statement)),
  };
}

test("submits that share keys in other orders wait for each other one way: none is a deadlock", async () => {
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  const watcher = await connectTo(database.url);
  const first = await connectTo(database.url);
  const second = await connectTo(database.url);
  const underKey = (key: string) => aRun({}, { key });

  await first.client.query("begin");
  await first.store.insertRuns([underKey("a")]);
  const waiting = second.store.insertRuns([underKey("b"), underKey("a")]);
  await until("the second waits for the first", async () => {
    const sql = "select $1::int = any (pg_blocking_pids($2)) as blocked";
    const { rows } = await watcher.client.query(sql, [first.pid, second.pid]);
    return rows[0]?.blocked === true;
  });
  // Were "b" stored before "a", the second held it by now, and each would wait for the other.
  expect(await first.store.insertRuns([underKey("b")])).toMatchObject([{ stored: {} }]);
  await first.client.query("commit");
  expect(await waiting).toMatchObject([{ stored: null }, { stored: null }]);
});
