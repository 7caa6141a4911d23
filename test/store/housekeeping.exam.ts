import { expect } from "vitest";
import { limits } from "#core/domain/limits.ts";
import { aRun } from "../support/factories.ts";
import { exam, unchanged } from "./exam.ts";

const OF_A_RUN = ["run", "attempt", "run_event", "log_chunk"];

export const housekeeping = exam({
  "one process sweeps in a period, however many ask": async (at) => {
    const asked = await Promise.all(Array.from({ length: 8 }, () => at.store.claimSweep()));
    expect(asked.filter(Boolean)).toHaveLength(1);
    await at.tables.advance(limits.sweepPeriodMs - 1_000);
    expect(await unchanged(at, () => at.store.claimSweep())).toBe(false);
    await at.tables.advance(1_000);
    expect(await at.store.claimSweep()).toBe(true);
  },

  "waiting runs are counted, and written only when the count changed": async (at) => {
    await at.submit();
    await at.cancel(await at.submit());
    await at.store.countPending();
    expect(await at.tables.control()).toMatchObject({ pending_count: 1 });
    const version = () => at.tables.rows("select xmin::text from hodei.control");
    const before = await version();
    await at.store.countPending();
    expect(await version()).toEqual(before);
  },

  "a final run goes after its time to live, with all that was its own": async (at) => {
    const held = await at.running({ spec: { ttlSecondsAfterFinished: 60 } });
    await at.store.appendLogs([
      {
        ...{ executionId: held.executionId, fence: 1, workerId: held.workerId, seq: 1 },
        ...{
          stderr: false,
          atMs: 0,
          data: Buffer.from("x"),
          droppedBytes: null,
          droppedLines: null,
        },
      },
    ]);
    await at.report(held);
    await at.tables.advance(59_000);
    expect(await unchanged(at, () => at.store.deleteExpired())).toEqual({
      chunks: 0,
      runs: 0,
      workers: 0,
      keys: 0,
      usage: 0,
      auditEvents: 0,
    });
    await at.tables.advance(1_000);
    expect(await at.store.deleteExpired()).toMatchObject({
      chunks: 1,
      runs: 1,
      workers: 0,
      keys: 0,
    });
    for (const table of OF_A_RUN)
      expect(await at.tables.rows(`select * from hodei.${table}`)).toEqual([]);
  },

  "a run without output is not deleted before its time either": async (at) => {
    const run = await at.submit({ ttlSecondsAfterFinished: 60 });
    await at.cancel(run);
    expect(await unchanged(at, () => at.store.deleteExpired())).toMatchObject({ runs: 0 });
    await at.tables.advance(60_000);
    expect(await at.store.deleteExpired()).toMatchObject({ runs: 1 });
  },

  "output goes before its run, so much at a time": async (at) => {
    const held = await at.running({ spec: { ttlSecondsAfterFinished: 0 } });
    const { executionId, workerId } = held;
    const chunks = Array.from({ length: limits.expiredChunksMax + 1 }, (_, index) => ({
      ...{ executionId, workerId, fence: 1, seq: index + 1, stderr: false, atMs: 0 },
      ...{ data: Buffer.from("x"), droppedBytes: null, droppedLines: null },
    }));
    await at.store.appendLogs(chunks);
    await at.report(held);
    expect(await at.store.deleteExpired()).toEqual({
      chunks: limits.expiredChunksMax,
      runs: 0,
      workers: 0,
      keys: 0,
      usage: 0,
      auditEvents: 0,
    });
    expect(await at.store.deleteExpired()).toMatchObject({
      chunks: 1,
      runs: 1,
      workers: 0,
      keys: 0,
    });
    expect(await at.store.deleteExpired()).toMatchObject({
      chunks: 0,
      runs: 0,
      workers: 0,
      keys: 0,
    });
  },

  "runs without a time to live, and open runs, are kept": async (at) => {
    const open = await at.submit({ ttlSecondsAfterFinished: 1 });
    const kept = await at.submit();
    await at.cancel(kept);
    await at.tables.advance(365 * 24 * 3600_000);
    expect(await at.store.deleteExpired()).toMatchObject({
      chunks: 0,
      runs: 0,
      workers: 0,
      keys: 0,
    });
    expect((await at.tables.run(open)).phase).toBe("Pending");
    expect((await at.tables.run(kept)).phase).toBe("Cancelled");
  },

  "a key is free again when its run was deleted": async (at) => {
    const run = aRun({ ttlSecondsAfterFinished: 1 }, { key: "k" });
    await at.store.insertRuns([run]);
    await at.cancel(run.id);
    await at.tables.advance(1_000);
    await at.store.deleteExpired();
    expect(await at.store.findRuns([run])).toEqual(new Map());
    expect(await at.store.insertRuns([aRun({}, { key: "k" })])).toMatchObject([
      { stored: { reason: "Queued" } },
    ]);
  },

  "terminated workers go after their retention, others never": async (at) => {
    const gone = await at.ready();
    const alive = await at.ready();
    await at.store.endMachines([await at.machineEndOf(gone.workerId)]);
    await at.tables.advance(limits.workerRetentionMs - 1_000);
    expect(await at.store.deleteExpired()).toMatchObject({
      chunks: 0,
      runs: 0,
      workers: 0,
      keys: 0,
    });
    await at.tables.advance(1_000);
    expect(await at.store.deleteExpired()).toMatchObject({
      chunks: 0,
      runs: 0,
      workers: 1,
      keys: 0,
    });
    expect(await at.tables.rows("select id from hodei.worker")).toEqual([{ id: alive.workerId }]);
  },

  "two sweepers at once delete each row once": async (at) => {
    for (let n = 0; n < 10; n += 1)
      await at.cancel(await at.submit({ ttlSecondsAfterFinished: 0 }));
    const both = await Promise.all([at.store.deleteExpired(), at.store.deleteExpired()]);
    expect(both.reduce((sum, { runs }) => sum + runs, 0)).toBe(10);
  },
});
