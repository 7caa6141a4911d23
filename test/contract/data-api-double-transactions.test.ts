import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  BatchExecuteStatementCommand,
  BeginTransactionCommand,
  CommitTransactionCommand,
  ExecuteStatementCommand,
  RollbackTransactionCommand,
} from "@aws-sdk/client-rds-data";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { startDataApi } from "#local/emulators/data-api/start-data-api.ts";
import { startPostgres } from "#local/postgres/start-postgres.ts";
import { clientOf, openDataApi, targetOf } from "./data-api-fixture.ts";

let room: Awaited<ReturnType<typeof openDataApi>>;

beforeAll(async () => {
  room = await openDataApi();
});
afterAll(() => room.close());
beforeEach(() => room.admin.query("truncate thing"));

describe("transactions", () => {
  const insert = (transactionId?: string) =>
    room.execute("insert into thing (id) values (1)", [], transactionId ? { transactionId } : {});
  const notFound = { name: "TransactionNotFoundException", $metadata: { httpStatusCode: 404 } };
  const commit = (transactionId: string) =>
    room.sdk.send(new CommitTransactionCommand({ ...targetOf(room.api), transactionId }));
  const rollback = (transactionId: string) =>
    room.sdk.send(new RollbackTransactionCommand({ ...targetOf(room.api), transactionId }));

  test("are seen by others only after commit", async () => {
    const id = await room.begin();
    await insert(id);
    expect(await room.count()).toBe(0);
    expect((await commit(id)).transactionStatus).toBe("Transaction Committed");
    expect(await room.count()).toBe(1);
    await expect(insert(id)).rejects.toMatchObject(notFound);
  });

  test("are undone by rollback", async () => {
    const id = await room.begin();
    await insert(id);
    const answer = await rollback(id);
    expect(answer.transactionStatus).toBe("Rollback Complete");
    expect(await room.count()).toBe(0);
  });

  test("an error ends them", async () => {
    const id = await room.begin();
    await insert(id);
    await expect(room.execute("select 1 / 0", [], { transactionId: id })).rejects.toThrow(/22012/);
    await expect(commit(id)).rejects.toMatchObject(notFound);
    expect(await room.count()).toBe(0);
  });

  test("take one call at a time", async () => {
    const id = await room.begin();
    await room.admin.query("select pg_advisory_lock(1)");
    const slow = room.execute("select pg_advisory_xact_lock(1)", [], { transactionId: id });
    await vi.waitFor(async () => {
      const { rowCount } = await room.admin.query(
        "select 1 from pg_locks where locktype = 'advisory' and not granted",
      );
      expect(rowCount).toBe(1);
    });
    await expect(insert(id)).rejects.toThrow(/still running a query/);
    await room.admin.query("select pg_advisory_unlock(1)");
    await slow;
    await commit(id);
  });

  test("left alone for too long they are rolled back", () =>
    room.withDouble({ transactionIdleMs: 50 }, async (double, client) => {
      const target = targetOf(double);
      const { transactionId } = await client.send(new BeginTransactionCommand(target));
      await vi.waitFor(async () => {
        const { rowCount } = await room.admin.query(
          `select 1 from pg_stat_activity
            where datname = current_database() and state like 'idle in transaction%'`,
        );
        expect(rowCount).toBe(0);
      });
      const commit = new CommitTransactionCommand({ ...target, transactionId });
      await expect(client.send(commit)).rejects.toMatchObject(notFound);
    }));

  test("a batch is all or nothing, alone or inside one", async () => {
    const batch = (ids: number[], transactionId?: string) =>
      room.sdk.send(
        new BatchExecuteStatementCommand({
          ...targetOf(room.api),
          sql: "insert into thing (id) values (:id)",
          parameterSets: ids.map((longValue) => [{ name: "id", value: { longValue } }]),
          ...(transactionId && { transactionId }),
        }),
      );
    expect((await batch([1, 2, 3])).updateResults).toHaveLength(3);
    await expect(batch([4, 4])).rejects.toThrow(/23505/);
    expect(await room.count()).toBe(3);
    const id = await room.begin();
    await batch([5, 6], id);
    await rollback(id);
    expect(await room.count()).toBe(3);
  });
});

describe("faults", () => {
  test("resuming, then awake", async () => {
    room.api.faults.resuming(1);
    await expect(room.execute("select 1")).rejects.toMatchObject({
      name: "DatabaseResumingException",
      $metadata: { httpStatusCode: 400 },
    });
    expect(await room.records("select 1")).toEqual([[{ longValue: 1 }]]);
  });

  test("refused before, lost after", async () => {
    room.api.faults.failBefore(1, 503);
    await expect(room.execute("insert into thing (id) values (1)")).rejects.toThrow();
    expect(await room.count()).toBe(0);
    room.api.faults.failAfterCommit(1, 500);
    await expect(room.execute("insert into thing (id) values (1)")).rejects.toMatchObject({
      name: "InternalServerErrorException",
    });
    expect(await room.count()).toBe(1);
    room.api.faults.cutAfterCommit(1);
    await expect(room.execute("insert into thing (id) values (2)")).rejects.toThrow();
    expect(await room.count()).toBe(2);
  });

  test("latency, until cleared", async () => {
    room.api.faults.latency(50);
    const begun = performance.now();
    await room.execute("select 1");
    expect(performance.now() - begun).toBeGreaterThan(45);
    room.api.faults.resuming(1);
    room.api.faults.clear();
    await room.execute("select 1");
  });
});

test("a Postgres that restarts: 504 meanwhile, then it serves again", async () => {
  const place = mkdtempSync(join(tmpdir(), "hodei-restart-"));
  let server = await startPostgres({ dataDir: place, durable: false });
  const { port } = server;
  const other = await startDataApi({ databaseUrl: server.url });
  const client = clientOf(other);
  const ask = () =>
    client.send(new ExecuteStatementCommand({ ...targetOf(other), sql: "select 1" }));
  try {
    await ask();
    await server.kill();
    await expect(ask()).rejects.toMatchObject({
      name: "DatabaseUnavailableException",
      $metadata: { httpStatusCode: 504 },
    });
    server = await startPostgres({ dataDir: place, port, durable: false });
    await ask();
  } finally {
    client.destroy();
    await other.close();
    await server.stop();
    rmSync(place, { recursive: true });
  }
});
