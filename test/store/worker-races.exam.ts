import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { sha256Hex } from "#adapters/tokens/hmac-tokens.ts";
import { limits } from "#core/domain/limits.ts";
import { aRegistration, aRun, aWorker, sessionOf } from "../support/factories.ts";
import { cancelOf } from "../support/store-scene.ts";
import { exam } from "./exam.ts";

/** What happens when the second statement waits for the first one's rows: workers, the install. */
export const workerRaces = exam({
  "two sessions with one token: one enters": async (at) => {
    const workerId = await at.launched();
    const thief = aRegistration(workerId, { sessionSha256: sha256Hex("thief") });
    const raced = await at.race(
      (store) => store.registerWorker(thief),
      (store) => store.registerWorker(aRegistration(workerId)),
    );
    expect(raced).toEqual({ waited: true, first: true, second: false });
    expect(await at.tables.worker(workerId)).toMatchObject({ session_sha256: sha256Hex("thief") });
  },
  "one session registering twice at once: both hear yes": async (at) => {
    const workerId = await at.launched();
    const mine = aRegistration(workerId);
    const raced = await at.race(
      (store) => store.registerWorker(mine),
      (store) => store.registerWorker(mine),
    );
    expect(raced).toEqual({ waited: true, first: true, second: true });
  },

  "writes of a stream wait for its successor: all are refused": async (at) => {
    const held = await at.running();
    const result = await at.resultOf(held);
    const gatewayId = randomUUID();
    const attachment = {
      workerId: held.workerId,
      sessionSha256: sessionOf(held.workerId),
      gatewayId,
    };
    const attach = () =>
      at.race(
        (store) => store.attachWorker(attachment),
        (store) => store.recordResults([result]),
      );
    expect(await attach()).toMatchObject({ waited: true, first: { epoch: 2 }, second: [] });
    const current = { ...held, epoch: 2 };
    const beats = await at.race(
      (store) => store.attachWorker(attachment),
      (store) => store.beatWorkers([{ ...current, executions: [] }]),
    );
    expect(beats).toMatchObject({ waited: true, first: { epoch: 3 }, second: [] });
    const detaches = await at.race(
      (store) => store.attachWorker(attachment),
      (store) => store.detachWorkers([{ ...current, epoch: 3 }]),
    );
    expect(detaches).toMatchObject({ waited: true, first: { epoch: 4 } });
    expect(await at.tables.worker(held.workerId)).toMatchObject({ gateway_id: gatewayId });
  },
  "a gateway's goodbye waits for a stream that moved on: it stays": async (at) => {
    const stream = await at.ready();
    await at.store.beatGateway(stream.gatewayId, "10.0.0.1:50051");
    const gatewayId = randomUUID();
    const { workerId } = stream;
    const raced = await at.race(
      (store) => store.attachWorker({ workerId, sessionSha256: sessionOf(workerId), gatewayId }),
      (store) => store.leaveGateway(stream.gatewayId),
    );
    expect(raced.waited).toBe(true);
    expect(await at.tables.worker(workerId)).toMatchObject({ gateway_id: gatewayId });
  },

  "one count of the demand, two passes: one makes the workers": async (at) => {
    const { launchEpoch } = await at.store.control();
    const [one, other] = [aWorker(), aWorker()];
    const raced = await at.race(
      (store) => store.createWorkers([one], launchEpoch),
      (store) => store.createWorkers([other], launchEpoch),
    );
    expect(raced).toEqual({ waited: true, first: [one.id], second: [] });
    expect(await at.tables.rows("select id from hodei.worker")).toEqual([{ id: one.id }]);
  },
  "two passes claim launches: each once": async (at) => {
    await at.creating();
    const raced = await at.race(
      (store) => store.claimLaunches(10),
      (store) => store.claimLaunches(10),
    );
    expect(raced.first).toHaveLength(1);
    expect(raced).toMatchObject({ waited: true, second: [] });
  },
  "two passes share one bucket": async (at) => {
    const { launchEpoch } = await at.store.control();
    const many = Array.from({ length: 2 * limits.launchBurst }, () => aWorker());
    await at.store.createWorkers(many, launchEpoch);
    const raced = await at.race(
      (store) => store.claimLaunches(limits.launchBurst - 1),
      (store) => store.claimLaunches(limits.launchBurst),
    );
    expect(raced.first).toHaveLength(limits.launchBurst - 1);
    expect(raced.second).toHaveLength(1);
  },
  "two machines reported for one worker: the first stays": async (at) => {
    const workerId = await at.creating();
    await at.race(
      (store) => store.launchesAccepted([{ workerId, externalId: "first" }]),
      (store) => store.launchesAccepted([{ workerId, externalId: "second" }]),
    );
    expect(await at.tables.worker(workerId)).toMatchObject({ external_id: "first" });
  },
  "a failed launch waits for its success: no failure is noted": async (at) => {
    const workerId = await at.creating();
    const raced = await at.race(
      (store) => store.launchesAccepted([{ workerId, externalId: "m" }]),
      (store) =>
        store.launchesFailed([{ workerId, reason: "NoCapacity", message: "none", waitMs: 1 }]),
    );
    expect(raced.waited).toBe(true);
    expect(await at.tables.worker(workerId)).toMatchObject({ reason: null, launch_failures: 0 });
  },

  "two submits with one key: one run": async (at) => {
    const [one, other] = [aRun({}, { key: "k" }), aRun({}, { key: "k" })];
    const raced = await at.race(
      (store) => store.insertRuns([one]),
      (store) => store.insertRuns([other]),
    );
    expect(raced).toMatchObject({
      waited: true,
      first: [{ stored: { reason: "Queued" } }],
      second: [{ stored: null }],
    });
  },
  "unblocking waits for cancel: the run is final": async (at) => {
    const held = await at.running();
    await at.lapse();
    await at.store.endMachines([await at.machineEndOf(held.workerId)]);
    const raced = await at.race(
      (store) => store.requestStops([cancelOf(held.runId)]),
      (store) => store.unblockRuns(),
    );
    expect(raced).toMatchObject({ waited: true, first: [{ finished: true }], second: 0 });
  },
  "two sweepers: one sweeps": async (at) => {
    const raced = await at.race(
      (store) => store.claimSweep(),
      (store) => store.claimSweep(),
    );
    expect(raced).toEqual({ waited: true, first: true, second: false });
  },
});
