import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { limits } from "#core/domain/limits.ts";
import { aRun } from "../support/factories.ts";
import { cancelOf } from "../support/store-scene.ts";
import { at as instant } from "../support/store-tables.ts";
import { exam, unchanged } from "./exam.ts";

const HOUR_MS = 3600_000;

export const runs = exam({
  "a submit stores the run with its clock, its place in the queue and its first event": async (
    at,
  ) => {
    const run = aRun({ priority: 2, activeDeadlineSeconds: 60, labels: { team: "a" } });
    const [inserted] = await at.store.insertRuns([run]);
    const row = await at.tables.run(run.id);
    expect(inserted).toEqual({
      ...{ id: run.id, full: false, poked: false },
      stored: {
        createdAt: instant(row.created_at),
        notBefore: instant(row.not_before),
        deadlineAt: instant(row.deadline_at),
        reason: "Queued",
        workerId: null,
      },
    });
    expect((await at.reader.run(run.id))?.createdAt).toBe(inserted?.stored?.createdAt);
    expect(row).toMatchObject({
      phase: "Pending",
      pending_reason: "Queued",
      fence: 0,
      event_seq: 1,
      labels: { team: "a" },
      spec_digest: run.digest,
      submitted_by: "exam",
      not_before: row.created_at,
    });
    expect(instant(row.deadline_at) - instant(row.created_at)).toBe(60_000);
    const earlier = 2 * limits.priorityAgeingSecondsPerPoint * 1000;
    expect(instant(row.created_at) - instant(row.queue_rank)).toBe(earlier);
    expect(await at.tables.events(run.id)).toEqual(["Submitted"]);
  },

  "a run of the future waits from its instant on": async (at) => {
    const start = (await at.tables.now()) + HOUR_MS;
    const id = await at.submit({ startAfter: new Date(start).toISOString() });
    const row = await at.tables.run(id);
    expect(row.pending_reason).toBe("StartAfter");
    expect(instant(row.not_before)).toBe(start);
    expect(instant(row.queue_rank)).toBe(start);
    expect(instant(row.deadline_at)).toBe(start + limits.activeDeadlineSecondsDefault * 1000);
  },

  "a startAfter in the past starts now": async (at) => {
    const id = await at.submit({ startAfter: "2001-01-01T00:00:00Z" });
    const row = await at.tables.run(id);
    expect(row).toMatchObject({ pending_reason: "Queued", not_before: row.created_at });
  },

  "the same submit again changes nothing, whoever repeats it": async (at) => {
    const run = aRun({}, { key: "k" });
    await at.store.insertRuns([run]);
    for (const again of [run, aRun({}, { key: "k" }), { ...aRun(), id: run.id }])
      expect(await unchanged(at, () => at.store.insertRuns([again]))).toMatchObject([
        { id: again.id, stored: null, full: false, poked: false },
      ]);
  },

  "a key names its run, an id too, the key before the id, a stranger nobody": async (at) => {
    const run = aRun({}, { key: "k" });
    const other = aRun();
    await at.store.insertRuns([run, other]);
    const wanted = [
      { id: randomUUID(), idempotencyKey: "k" },
      { id: run.id, idempotencyKey: null },
      { id: other.id, idempotencyKey: "k" },
      { id: randomUUID(), idempotencyKey: "other" },
      { id: randomUUID(), idempotencyKey: null },
    ];
    const holder = { id: run.id, digest: run.digest };
    const known = wanted.slice(0, 3).map(({ id }) => [id, holder] as const);
    expect(await at.store.findRuns(wanted)).toEqual(new Map(known));
    expect(await at.store.findRuns([{ id: other.id, idempotencyKey: null }])).toEqual(
      new Map([[other.id, { id: other.id, digest: other.digest }]]),
    );
    expect(await at.store.findRuns([])).toEqual(new Map());
  },

  "many submits under one key at once make one run": async (at) => {
    const same = Array.from({ length: 12 }, () => aRun({}, { key: "one" }));
    const answers = await Promise.all(same.map((run) => at.store.insertRuns([run])));
    expect(answers.flat().filter(({ stored }) => stored !== null)).toHaveLength(1);
    expect(await at.tables.rows("select id from hodei.run")).toHaveLength(1);
    expect(await at.tables.rows("select run_id from hodei.run_event")).toHaveLength(1);
  },

  "one batch stores the new and leaves the known": async (at) => {
    const known = aRun({}, { key: "k" });
    await at.store.insertRuns([known]);
    const batch = [aRun(), aRun({}, { key: "k" }), aRun()];
    const answers = await at.store.insertRuns(batch);
    expect(answers.map(({ id }) => id)).toEqual(batch.map(({ id }) => id));
    expect(answers.map(({ stored }) => stored !== null)).toEqual([true, false, true]);
    expect(await at.tables.rows("select id from hodei.run")).toHaveLength(3);
  },

  "a thousand runs of all the bytes of a request are one statement": async (at) => {
    const bytes = Math.floor(limits.bulkRequestBytesMax / limits.bulkRunsMax);
    const spec = { env: { MODE: "x".repeat(bytes - 100) } };
    const batch = Array.from({ length: limits.bulkRunsMax }, () => aRun(spec));
    const answers = await at.store.insertRuns(batch);
    expect(answers.map(({ id }) => id)).toEqual(batch.map(({ id }) => id));
    expect(answers.every(({ stored }) => stored !== null)).toBe(true);
    const found = await at.store.findRuns(batch);
    expect(batch.every(({ id, digest }) => found.get(id)?.digest === digest)).toBe(true);
  },

  "a full queue takes no more, and says so": async (at) => {
    await at.tables.plant(`update hodei.control set pending_count = ${limits.pendingRunsMax}`);
    const answer = await unchanged(at, () => at.store.insertRuns([aRun()]));
    expect(answer).toMatchObject([{ stored: null, full: true, poked: false }]);
  },

  "gateways are told only while an idle worker waits": async (at) => {
    const busy = await at.running();
    await at.store.beatGateway(busy.gatewayId, "10.0.0.1:50051");
    expect(await at.store.insertRuns([aRun()])).toMatchObject([{ poked: false }]);
    await at.attach((await at.ready()).workerId, busy.gatewayId);
    expect(await at.store.insertRuns([aRun()])).toMatchObject([{ poked: true }]);
  },

  "a gateway that looks by itself tells nobody": async (at) => {
    const idle = await at.ready();
    await at.store.beatGateway(idle.gatewayId, "10.0.0.1:50051");
    expect(
      await at.store.insertRuns([aRun()], { gatewayId: idle.gatewayId, proposals: [] }),
    ).toMatchObject([{ poked: false }]);
  },

  "nobody is told of an idle worker whose gateway is gone, or silent": async (at) => {
    const idle = await at.ready();
    expect(await at.store.insertRuns([aRun()])).toMatchObject([{ poked: false }]);
    await at.store.beatGateway(idle.gatewayId, "10.0.0.1:50051");
    await at.tables.advance(limits.gatewayDeadMs);
    await at.beat(idle);
    expect(await at.store.insertRuns([aRun()])).toMatchObject([{ poked: true }]);
    await at.tables.advance(1);
    expect(await at.store.insertRuns([aRun()])).toMatchObject([{ poked: false }]);
  },

  "nobody is told of an idle worker whose lease is over": async (at) => {
    const idle = await at.ready();
    await at.tables.advance(limits.leaseMs);
    await at.store.beatGateway(idle.gatewayId, "10.0.0.1:50051");
    expect(await at.store.insertRuns([aRun()])).toMatchObject([{ poked: false }]);
  },

  "nobody is told of a submit that stores nothing, nor of a worker made for another run": async (
    at,
  ) => {
    const own = await at.submit({ dedicatedWorker: true });
    const worker = await at.ready({ dedicatedRunId: own });
    await at.store.beatGateway(worker.gatewayId, "10.0.0.1:50051");
    expect(await at.store.insertRuns([aRun()])).toMatchObject([{ poked: false }]);
    await at.attach((await at.ready()).workerId, worker.gatewayId);
    const run = aRun();
    expect(await at.store.insertRuns([run])).toMatchObject([{ poked: true }]);
    expect(await at.store.insertRuns([run])).toMatchObject([{ poked: false }]);
  },

  "cancel of a waiting run ends it at once": async (at) => {
    const id = await at.submit({ ttlSecondsAfterFinished: 60 });
    expect(await at.cancel(id)).toMatchObject([{ runId: id, finished: true, gatewayId: null }]);
    const row = await at.tables.run(id);
    expect(row).toMatchObject({
      phase: "Cancelled",
      reason: "CancelledByUser",
      message: "no longer needed",
      verdict_phase: "Cancelled",
      pending_reason: null,
      fence: 0,
    });
    expect(instant(row.expires_at) - instant(row.finished_at)).toBe(60_000);
    expect(await at.tables.events(id)).toEqual(["Submitted", "StopRequested", "Finished"]);
  },

  "cancel of a run whose attempt was not accepted ends both and frees the worker": async (at) => {
    const held = await at.assigned();
    expect(await at.cancel(held.runId)).toMatchObject([
      { finished: true, gatewayId: held.gatewayId },
    ]);
    expect(await at.tables.run(held.runId)).toMatchObject({ phase: "Cancelled", started_at: null });
    expect(await at.tables.attempt(held.runId)).toMatchObject({
      phase: "Stopped",
      failure: "stopped",
      started_at: null,
    });
    const worker = await at.tables.worker(held.workerId);
    expect(worker).toMatchObject({ phase: "Ready", run_id: null, run_fence: null });
    expect(worker.idle_since).toBe((await at.tables.run(held.runId)).finished_at);
    await at.assign(await at.submit(), held);
  },

  "cancel before the start lets a dedicated worker go, a leaving one leave": async (at) => {
    const runId = await at.submit({ dedicatedWorker: true });
    const own = await at.assign(runId, await at.ready({ dedicatedRunId: runId }));
    await at.cancel(runId);
    expect(await at.tables.worker(own.workerId)).toMatchObject({ phase: "Draining", run_id: null });

    const leaving = await at.assigned();
    await at.store.endWorkers([
      { workerId: leaving.workerId, rule: "leaving", reason: "asked", message: null, idleMs: 0 },
    ]);
    await at.cancel(leaving.runId);
    expect(await at.tables.worker(leaving.workerId)).toMatchObject({
      phase: "Draining",
      run_id: null,
    });
  },

  "cancel of a running run keeps the verdict; the result makes it Cancelled even with exit 0":
    async (at) => {
      const held = await at.running();
      expect(await at.cancel(held.runId)).toMatchObject([
        { finished: false, gatewayId: held.gatewayId },
      ]);
      expect(await at.tables.run(held.runId)).toMatchObject({
        phase: "Running",
        verdict_phase: "Cancelled",
        finished_at: null,
      });
      expect(await at.tables.worker(held.workerId)).toMatchObject({ phase: "Busy" });
      expect(await at.report(held)).toMatchObject({
        verdict: "accepted",
        recorded: { phase: "Cancelled", reason: "CancelledByUser", workerPhase: "Ready" },
      });
      expect(await at.tables.run(held.runId)).toMatchObject({
        phase: "Cancelled",
        message: "no longer needed",
        exit_code: 0,
      });
      expect(await at.tables.attempt(held.runId)).toMatchObject({ phase: "Succeeded" });
      expect(await at.tables.events(held.runId)).toEqual([
        ...["Submitted", "Assigned", "Started", "StopRequested"],
        ...["AttemptSucceeded", "Finished"],
      ]);
    },

  "cancel of a run that waits for its next try or for a machine ends it": async (at) => {
    const failed = await at.running({ spec: { backoffLimit: 3 } });
    await at.report(failed, { failure: "app", exitCode: 1, signal: null, detail: null });
    await at.cancel(failed.runId);
    expect(await at.tables.run(failed.runId)).toMatchObject({ phase: "Cancelled", fence: 1 });
    const lost = await at.running();
    await at.lapse();
    await at.cancel(lost.runId);
    expect(await at.tables.run(lost.runId)).toMatchObject({ phase: "Cancelled", blocked_by: null });
  },

  "cancel again, of a final run, or of nobody: nothing": async (at) => {
    const done = await at.running();
    await at.report(done);
    const stopping = await at.running();
    await at.cancel(stopping.runId);
    const gone = await at.submit();
    await at.cancel(gone);
    for (const id of [done.runId, stopping.runId, gone, randomUUID()])
      expect(await unchanged(at, () => at.cancel(id))).toEqual([]);
  },

  "one batch stops many": async (at) => {
    const held = await at.running();
    const waiting = await at.submit();
    const stopped = await at.store.requestStops([held.runId, waiting, randomUUID()].map(cancelOf));
    expect(stopped.map(({ runId }) => runId).sort()).toEqual([held.runId, waiting].sort());
  },
});
