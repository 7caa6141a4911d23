import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import type { LabelRequirement } from "#core/domain/spec/label-selector.ts";
import type { RunFilter, WorkerFilter } from "#core/ports/run-reader.ts";
import { aSpec, exitCode } from "../support/factories.ts";
import type { StoreFixture } from "../support/store-fixture.ts";
import { at as instant } from "../support/store-tables.ts";
import { exam } from "./exam.ts";

const filter = (change: Partial<RunFilter> = {}): RunFilter => ({
  ...{ phases: [], labels: {}, limit: 10, cursor: null },
  ...change,
});
const idsOf = async (at: StoreFixture, change: Partial<RunFilter> = {}) =>
  (await at.reader.runs(filter(change))).runs.map(({ id }) => id);

export const views = exam({
  "a waiting run as its owner sees it": async (at) => {
    const start = new Date((await at.tables.now()) + 60_000).toISOString();
    const spec = { labels: { team: "a" }, priority: 5, startAfter: start };
    const id = await at.submit(spec);
    const row = await at.tables.run(id);
    expect(await at.reader.run(id)).toEqual({
      id,
      ...{ name: "exam", phase: "Pending", reason: "StartAfter", message: null },
      ...{ labels: { team: "a" }, priority: 5, attempts: 0, workerId: null, exitCode: null },
      ...{ stopping: false, startedAt: null, finishedAt: null, submittedBy: "exam" },
      createdAt: Math.floor(instant(row.created_at)),
      notBefore: instant(start),
      deadlineAt: Math.floor(instant(row.deadline_at)),
      spec: aSpec(spec),
      ...{ template: null, rerunOf: null, parameters: null },
    });
  },

  "a running, a stopping and a finished run": async (at) => {
    const held = await at.running();
    const { workerId } = held;
    const running = await at.reader.run(held.runId);
    expect(running).toMatchObject({ phase: "Running", attempts: 1, workerId, notBefore: null });
    expect(running?.startedAt).toBe(instant((await at.tables.run(held.runId)).started_at));
    await at.cancel(held.runId);
    expect(await at.reader.run(held.runId)).toMatchObject({
      ...{ phase: "Running", stopping: true, reason: "CancelledByUser" },
    });
    await at.report(held, exitCode(143));
    expect(await at.reader.run(held.runId)).toMatchObject({
      ...{ phase: "Cancelled", reason: "CancelledByUser", exitCode: 143, stopping: false },
    });
  },

  "runs are counted by their phase": async (at) => {
    const none = { pending: 0, assigned: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0 };
    expect(await at.reader.runCounts()).toMatchObject(none);
    for (let n = 0; n < 2; n += 1) await at.submit();
    await at.cancel(await at.submit());
    const held = await at.running();
    const counted = { ...none, pending: 2, cancelled: 1 };
    expect(await at.reader.runCounts()).toMatchObject({ ...counted, running: 1 });
    await at.report(held, exitCode(3));
    const now = Math.floor(await at.tables.now());
    expect(await at.reader.runCounts()).toEqual({ ...counted, failed: 1, at: now });
  },

  "nobody's run": async (at) => {
    expect(await at.reader.run(randomUUID())).toBeNull();
    expect(await at.reader.attempts(randomUUID())).toEqual([]);
    expect(await at.reader.events(randomUUID(), 0, 10)).toEqual([]);
  },

  "runs come newest first, page by page, each once, also when born in one instant": async (at) => {
    for (let n = 0; n < 5; n += 1) await at.submit();
    await at.tables.advance(1_000);
    for (let n = 0; n < 4; n += 1) await at.submit();
    const all = await idsOf(at, { limit: 20 });
    const paged: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await at.reader.runs(filter({ limit: 2, cursor }));
      paged.push(...page.runs.map(({ id }) => id));
      cursor = page.next;
    } while (cursor !== null);
    expect(paged).toEqual(all);
    expect(new Set(paged).size).toBe(9);
    const rows = await at.tables.rows("select id from hodei.run order by created_at desc, id desc");
    expect(all).toEqual(rows.map(({ id }) => id));
  },

  "runs are filtered by phase and by every label": async (at) => {
    const held = await at.running({ spec: { labels: { team: "a", tier: "1" } } });
    await at.tables.advance(1_000);
    const waiting = await at.submit({ labels: { team: "a" } });
    await at.tables.advance(1_000);
    const other = await at.submit({ labels: { team: "b", tier: "1" } });
    expect(await idsOf(at, { phases: ["Running"] })).toEqual([held.runId]);
    expect(await idsOf(at, { phases: ["Pending", "Running"], labels: { team: "a" } })).toEqual([
      waiting,
      held.runId,
    ]);
    expect(await idsOf(at, { labels: { tier: "1" } })).toEqual([other, held.runId]);
    expect(await idsOf(at, { labels: { team: "b", tier: "2" } })).toEqual([]);
  },

  "a cursor that this API never gave is refused": async (at) => {
    for (const cursor of ["", "x", "2024-01-01_1", `${randomUUID()}`])
      await expect(at.reader.runs(filter({ cursor }))).rejects.toMatchObject({
        code: "InvalidRequest",
        fields: [{ path: "cursor" }],
      });
  },

  "attempts in order, with how each ended": async (at) => {
    const held = await at.running({ spec: { backoffLimit: 1 } });
    await at.report(held, { failure: "oom", exitCode: 137, signal: "SIGKILL", detail: "too much" });
    await at.tables.advance(10_000);
    await at.beat(held);
    const second = await at.assign(held.runId, held);
    const attempts = await at.reader.attempts(held.runId);
    expect(attempts).toMatchObject([
      {
        ...{ number: 1, executionId: held.executionId, workerId: held.workerId, phase: "Failed" },
        ...{ failure: "oom", exitCode: 137, signal: "SIGKILL", message: "too much" },
      },
      { number: 2, executionId: second.executionId, phase: "Assigned", startedAt: null },
    ]);
    expect(attempts[0]?.endedAt).toBeGreaterThanOrEqual(attempts[0]?.startedAt ?? 0);
  },

  "events after a place, as many as asked for": async (at) => {
    const held = await at.running({ spec: { backoffLimit: 1 } });
    await at.report(held, exitCode(2));
    const events = await at.reader.events(held.runId, 1, 2);
    expect(events).toMatchObject([
      { seq: 2, type: "Assigned", attempt: 1, workerId: held.workerId },
      { seq: 3, type: "Started" },
    ]);
    expect(await at.reader.events(held.runId, 3, 10)).toMatchObject([
      { seq: 4, type: "AttemptFailed", reason: "app", message: "next attempt in 10.0 s" },
    ]);
    const [first] = await at.reader.events(held.runId, 0, 1);
    expect(first).toMatchObject({ seq: 1, type: "Submitted", attempt: null, workerId: null });
  },

  "workers that pass every criterion": async (at) => {
    const small = await at.ready({ labels: { zone: "a", tier: "x" } });
    await at.tables.advance(1_000);
    const other = await at.ready({ labels: { zone: "b" } });
    const pass = async (change: Partial<WorkerFilter>) => {
      const none = { phases: [], requirements: [], cpuMillisMin: 0, memoryMibMin: 0 };
      const found = await at.reader.workers(false, 10, { ...none, heardWithinMs: null, ...change });
      return found.map(({ id }) => id);
    };
    const [one, two] = [small.workerId, other.workerId];
    const where = (
      key: string,
      operator: LabelRequirement["operator"],
      ...values: readonly string[]
    ) => pass({ requirements: [{ key, operator, values }] });
    expect(await pass({})).toEqual([two, one]);
    expect(await pass({ phases: ["Ready"] })).toEqual([two, one]);
    expect(await pass({ phases: ["Busy", "Terminated"] })).toEqual([]);
    expect(await pass({ cpuMillisMin: 250, memoryMibMin: 512 })).toEqual([two, one]);
    expect(await pass({ cpuMillisMin: 251 })).toEqual([]);
    expect(await pass({ memoryMibMin: 513 })).toEqual([]);
    expect(await where("zone", "In", "a", "c")).toEqual([one]);
    expect(await where("tier", "In", "y")).toEqual([]);
    expect(await where("tier", "NotIn", "y")).toEqual([two, one]);
    expect(await where("tier", "NotIn", "x")).toEqual([two]);
    expect(await where("tier", "Exists")).toEqual([one]);
    expect(await where("tier", "DoesNotExist")).toEqual([two]);
    const both = ["zone", "tier"].map((key) => ({ key, operator: "Exists", values: [] }) as const);
    expect(await pass({ requirements: both })).toEqual([one]);
    const now = await at.tables.now();
    const set = "update hodei.worker set last_heartbeat_at = hodei.clock() where id = $1";
    await at.tables.write(set, [one]);
    await at.tables.advance(5_000);
    await at.tables.write(set, [two]);
    expect(await at.tables.now()).toBeGreaterThan(now);
    expect(await pass({ heardWithinMs: 4_000 })).toEqual([two]);
    expect(await pass({ heardWithinMs: 5_000 })).toEqual([two, one]);
  },

  "the queue: what waits, for what, how long, and what runs": async (at) => {
    const nothing = { pending: 0, due: 0, byReason: {}, byPriority: [], oldest: null };
    const idle = { assigned: 0, running: 0, newest: 0, succeeded: 0, failed: 0, cancelled: 0 };
    expect(await at.reader.queue()).toMatchObject({ ...nothing, ...idle });
    const start = new Date((await at.tables.now()) + 60_000).toISOString();
    await at.submit({ startAfter: start });
    await at.submit({ suspend: true, priority: 9 });
    await at.tables.advance(1_000);
    const oldest = await at.submit({ priority: -3 });
    await at.tables.advance(1_000);
    await at.submit({ priority: 9 });
    await at.cancel(await at.submit());
    const held = await at.running();
    const now = Math.floor(await at.tables.now());
    const createdAt = Math.floor(instant((await at.tables.run(oldest)).created_at));
    expect(await at.reader.queue()).toEqual({
      ...{ at: now, pending: 4, due: 2, byReason: { Queued: 2, StartAfter: 1, Suspended: 1 } },
      byPriority: [
        { priority: 9, runs: 2 },
        { priority: 0, runs: 1 },
        { priority: -3, runs: 1 },
      ],
      oldest: { id: oldest, createdAt, dueAt: createdAt },
      ...{ assigned: 0, running: 1, newest: 6, succeeded: 0, failed: 0, cancelled: 1 },
    });
    await at.report(held, exitCode(0));
    expect(await at.reader.queue()).toMatchObject({ pending: 4, running: 0, succeeded: 1 });
  },

  "the oldest of the queue is due for longest, however long ago it was submitted": async (at) => {
    const dueAt = (await at.tables.now()) + 60_000;
    const putOff = await at.submit({ startAfter: new Date(dueAt).toISOString() });
    await at.tables.advance(1_000);
    const plain = await at.submit();
    await at.tables.advance(120_000);
    expect((await at.reader.queue()).oldest?.id).toBe(plain);
    await at.cancel(plain);
    const oldest = { id: putOff, dueAt: Math.floor(dueAt) };
    expect(await at.reader.queue()).toMatchObject({ due: 1, oldest });
  },

  "workers, newest first, terminated ones only when asked for": async (at) => {
    const gone = await at.ready();
    await at.store.endMachines([await at.machineEndOf(gone.workerId)]);
    await at.tables.advance(1_000);
    const held = await at.running({ worker: { labels: { zone: "a" } } });
    expect(await at.reader.workers(false, 10)).toMatchObject([
      {
        ...{ id: held.workerId, phase: "Busy", profile: "small", cpuMillis: 250, memoryMib: 512 },
        ...{ labels: { zone: "a" }, runId: held.runId, runsTaken: 1, terminatedAt: null },
        machineId: `machine of ${held.workerId}`,
      },
    ]);
    const all = await at.reader.workers(true, 10);
    expect(all.map(({ id }) => id)).toEqual([held.workerId, gone.workerId]);
    expect(all[1]).toMatchObject({ phase: "Terminated", reason: "MachineStopped", runId: null });
    expect(await at.reader.workers(true, 1)).toHaveLength(1);
  },
});
