import { randomUUID } from "node:crypto";
import type { ControlStore } from "#core/ports/control-store.ts";
import type { TemplateStore } from "#core/ports/template-store.ts";
import { aRegistration, aRun, aWorker, sessionOf } from "../support/factories.ts";
import type { StoreFixture } from "../support/store-fixture.ts";
import { cancelOf, endOf, type Held, type Stream } from "../support/store-scene.ts";
import { aTemplate, aTemplateRun, aVersion } from "../support/template-factories.ts";

/** A call that changes state, with everything it says decided beforehand. */
export type Move = (store: ControlStore, templates: TemplateStore) => Promise<unknown>;

/**
 * A small install in which every move has something to do: leases are over, deadlines passed,
 * launches due. Answers all moves of the protocol over its rows, by name.
 */
export async function standardScene(at: StoreFixture): Promise<Record<string, Move>> {
  const waiting = await at.submit({ activeDeadlineSeconds: 1 });
  const [free, spare] = [await at.ready(), await at.ready()];
  const assigned = await at.assigned();
  const running = await at.running({
    spec: { backoffLimit: 1, attemptTimeoutSeconds: 1, terminationGracePeriodSeconds: 1 },
  });
  const stopping = await at.running();
  const lost = await lostAttempt(at);
  const gone = await lostAttempt(at);
  await at.store.endMachines([await at.machineEndOf(gone.workerId)]);
  const connecting = await at.attach(await at.connecting());
  const launched = await at.launched();
  const creating = await at.creating();
  const template = aTemplate();
  await at.templates.createTemplate(template);
  const old = await at.submit({ ttlSecondsAfterFinished: 0 });
  await at.cancel(old);
  await at.cancel(stopping.runId);
  await at.store.beatGateway(free.gatewayId, "10.0.0.1:50051");
  await at.store.beatGateway(running.gatewayId, "10.0.0.1:50051");
  await makeEverythingDue(at, [assigned, running, stopping]);
  return {
    ...runMoves({ waiting, assigned, running, lost }),
    ...(await attemptMoves(at, { assigned, running, lost })),
    ...placementMoves(waiting, free.workerId, spare.workerId),
    "submit onto a worker": submitOnto(free),
    ...(await workerMoves(at, { free: free.workerId, running, lost })),
    ...streamMoves(running, connecting.workerId, launched),
    ...launchMoves(await at.store.control(), creating, launched),
    ...installMoves(free.gatewayId, running.gatewayId),
    ...templateMoves(template.id),
  };
}

/** Its worker came back too late, and may still hand in the result. */
async function lostAttempt(at: StoreFixture): Promise<Held> {
  const held = await at.running();
  await at.tables.plant("update hodei.worker set lease_expires_at = hodei.clock() where id = $1", [
    held.workerId,
  ]);
  await at.store.endAttempts([await at.closingOf(held, "lease-over")]);
  return { ...held, ...(await at.attach(held.workerId)) };
}

/** Ten minutes pass for those who hold attempts; the idle ones stay alive. */
async function makeEverythingDue(at: StoreFixture, held: readonly Held[]): Promise<void> {
  const ids = held.map(({ workerId }) => workerId);
  const past = "hodei.clock() - interval '10 minutes'";
  await at.tables.plant(
    `update hodei.worker set lease_expires_at = ${past}, retire_at = ${past} where id = any ($1)`,
    [ids],
  );
  await at.tables.plant(
    `update hodei.attempt set accept_deadline_at = ${past}, reported_at = reported_at - interval '10 minutes',
      timeout_at = timeout_at - interval '10 minutes' where worker_id = any ($1)`,
    [ids],
  );
  await at.tables.plant(
    `update hodei.run set deadline_at = ${past}, verdict_at = verdict_at - interval '10 minutes',
      queue_rank = ${past}`,
  );
  await at.tables.plant(`update hodei.worker set connect_deadline_at = ${past},
    register_deadline_at = ${past}, idle_since = idle_since - interval '10 minutes'`);
}

interface Runs {
  readonly waiting: string;
  readonly assigned: Held;
  readonly running: Held;
  readonly lost: Held;
}

function runMoves({ waiting, assigned, running, lost }: Runs) {
  const submit = aRun({}, { key: "once" });
  return {
    submit: (store) => store.insertRuns([submit]),
    "cancel waiting": (store) => store.requestStops([cancelOf(waiting)]),
    "cancel assigned": (store) => store.requestStops([cancelOf(assigned.runId)]),
    "cancel running": (store) => store.requestStops([cancelOf(running.runId)]),
    "cancel lost": (store) => store.requestStops([cancelOf(lost.runId)]),
  } satisfies Record<string, Move>;
}

function placementMoves(waiting: string, free: string, spare: string) {
  const pair = (workerId: string) => ({
    ...{ runId: waiting, fence: 0, workerId, executionId: randomUUID() },
  });
  const [one, other] = [pair(free), pair(spare)];
  const byHand = { runId: waiting, workerId: randomUUID(), executionId: randomUUID() };
  const note = { runId: waiting, reason: "WaitingForCapacity", message: "full" };
  return {
    assign: (store) => store.assignRuns([one], null),
    "assign elsewhere": (store) => store.assignRuns([other], null),
    note: (store) => store.noteWaiting([note]),
    unblock: (store) => store.unblockRuns(),
    "assign by hand": (store) => store.assignManually(byHand, null),
    suspend: (store) => store.patchRuns([{ runId: waiting, priority: null, suspend: true }], null),
    "set priority": (store) =>
      store.patchRuns([{ runId: waiting, priority: 7, suspend: null }], null),
  } satisfies Record<string, Move>;
}

function submitOnto({ workerId, epoch, gatewayId }: Stream): Move {
  const run = aRun({}, { key: "once" });
  const proposals = [{ runId: run.id, workerId, epoch, executionId: randomUUID() }];
  return (store) => store.insertRuns([run], { gatewayId, proposals });
}

type Holders = Record<"assigned" | "running" | "lost", Held>;

async function attemptMoves(at: StoreFixture, { assigned, running, lost }: Holders) {
  const success = await at.resultOf(running);
  const salvage = await at.resultOf(lost);
  const leaseOver = await at.closingOf(running, "lease-over");
  const notAccepted = await at.closingOf(assigned, "not-accepted");
  const chunk = { ...running, seq: 1, stderr: false, atMs: 0, data: Buffer.from("x") };
  return {
    accept: (store) => store.acceptAttempts([assigned]),
    success: (store) => store.recordResults([success]),
    salvage: (store) => store.recordResults([salvage]),
    "lease over": (store) => store.endAttempts([leaseOver]),
    "not accepted": (store) => store.endAttempts([notAccepted]),
    logs: (store) => store.appendLogs([{ ...chunk, droppedBytes: null, droppedLines: null }]),
  } satisfies Record<string, Move>;
}

async function workerMoves(
  at: StoreFixture,
  { free, running, lost }: { free: string; running: Held; lost: Held },
) {
  const gone = {
    free: await at.machineEndOf(free),
    running: await at.machineEndOf(running.workerId),
    lost: await at.machineEndOf(lost.workerId),
  };
  return {
    "idle worker ends": (store) => store.endWorkers([endOf(free, "idle", 1)]),
    "running worker is over age": (store) =>
      store.endWorkers([endOf(running.workerId, "over-age")]),
    "stop asked": (store) => store.stopsAsked([lost.workerId]),
    "machine of idle gone": (store) => store.endMachines([gone.free]),
    "machine of running gone": (store) => store.endMachines([gone.running]),
    "machine of lost gone": (store) => store.endMachines([gone.lost]),
  } satisfies Record<string, Move>;
}

function streamMoves(running: Held, connecting: string, launched: string) {
  const gatewayId = randomUUID();
  const { workerId } = running;
  return {
    register: (store) => store.registerWorker(aRegistration(launched)),
    attach: (store) =>
      store.attachWorker({ workerId, sessionSha256: sessionOf(workerId), gatewayId }),
    detach: (store) => store.detachWorkers([running]),
    beat: (store) => store.beatWorkers([{ ...running, executions: [running] }]),
    "first beat": (store) =>
      store.beatWorkers([{ workerId: connecting, epoch: 1, executions: [] }]),
    "connects too late": (store) => store.endWorkers([endOf(connecting, "connect-late")]),
  } satisfies Record<string, Move>;
}

function launchMoves(control: { launchEpoch: number }, creating: string, launched: string) {
  const worker = aWorker();
  return {
    "create workers": (store) => store.createWorkers([worker], control.launchEpoch),
    "claim launches": (store) => store.claimLaunches(10),
    "launch accepted": (store) =>
      store.launchesAccepted([creating, launched].map((id) => ({ workerId: id, externalId: id }))),
    "launch failed": (store) =>
      store.launchesFailed([{ workerId: creating, reason: "r", message: "m", waitMs: 1 }]),
  } satisfies Record<string, Move>;
}

function installMoves(alive: string, leaving: string) {
  return {
    "gateway beats": (store) => store.beatGateway(alive, "10.0.0.1:50051"),
    "gateway leaves": (store) => store.leaveGateway(leaving),
    "claim sweep": (store) => store.claimSweep(),
    "count pending": (store) => store.countPending(),
    "delete expired": (store) => store.deleteExpired(),
  } satisfies Record<string, Move>;
}

function templateMoves(id: string) {
  const run = aTemplateRun(id);
  const suspended = aTemplateRun(id, aRun({ suspend: true }));
  const change = aVersion(id, 1);
  return {
    "run of a template": (_, templates) => templates.insertTemplateRun(run),
    "suspended run of a template": (_, templates) => templates.insertTemplateRun(suspended),
    "change a template": (_, templates) => templates.addVersion(change),
    "disable a template": (_, templates) => templates.setStatus(id, "Disabled", 1, null),
    "archive a template": (_, templates) => templates.setStatus(id, "Archived", null, null),
  } satisfies Record<string, Move>;
}
