import { randomUUID } from "node:crypto";
import { closingOf } from "#core/application/close-attempt.ts";
import { endAll } from "#core/application/end-troubled.ts";
import { type ResultVerdict, recordResults } from "#core/application/record-results.ts";
import type { AttemptEnd } from "#core/domain/job-run/after-attempt.ts";
import { limits } from "#core/domain/limits.ts";
import type { WorkerEnd } from "#core/domain/reconcile/decide-fleet.ts";
import type { RunSpec } from "#core/domain/spec/run-spec.ts";
import type {
  AttemptClosing,
  ControlStore,
  EndedAttempt,
  MachineEnd,
  NewWorker,
  RequestedStop,
  ResultRecord,
  StopRequest,
  TroubleRule,
  WorkerClaim,
} from "#core/ports/control-store.ts";
import type { Log } from "#core/ports/log.ts";
import { NO_TELEMETRY } from "#core/ports/telemetry.ts";
import { anEnd, aRegistration, aRun, aWorker, sessionOf } from "./factories.ts";
import type { Tables } from "./store-tables.ts";

/** A worker whose control stream is open at a gateway. */
export interface Stream {
  readonly workerId: string;
  readonly epoch: number;
  readonly gatewayId: string;
}
/** A stream that holds an attempt. */
export interface Held extends Stream, WorkerClaim {
  readonly runId: string;
}
export interface HeldOptions {
  readonly spec?: Partial<RunSpec>;
  readonly worker?: Partial<NewWorker>;
}

/** The acts of the protocol, each through the store's own door. */
export interface Scene {
  submit(spec?: Partial<RunSpec>): Promise<string>;
  /** A worker row; its machine is not asked for yet. */
  creating(overrides?: Partial<NewWorker>): Promise<string>;
  launched(overrides?: Partial<NewWorker>): Promise<string>;
  connecting(overrides?: Partial<NewWorker>): Promise<string>;
  /** The stream opens at this gateway (a new one when none is named). */
  attach(workerId: string, gatewayId?: string): Promise<Stream>;
  ready(overrides?: Partial<NewWorker>): Promise<Stream>;
  beat(stream: Stream, executions?: readonly WorkerClaim[]): Promise<void>;
  assign(runId: string, stream: Stream): Promise<Held>;
  assigned(options?: HeldOptions): Promise<Held>;
  running(options?: HeldOptions): Promise<Held>;
  /** As a gateway does with what a worker says: policy, statement, verdict. */
  report(held: Held, end?: AttemptEnd, resultId?: string): Promise<ResultVerdict>;
  /** The same, decided now and sent by the test when it wants. */
  resultOf(held: Held, end?: AttemptEnd, resultId?: string): Promise<ResultRecord>;
  /** Ends what the tick would end now. */
  endTroubled(): Promise<EndedAttempt[]>;
  /** The end of this attempt under a rule, decided now, whether or not the rule holds. */
  closingOf(held: Held, rule: TroubleRule): Promise<AttemptClosing>;
  /** Every lease runs out, and the tick sees it. */
  lapse(): Promise<void>;
  machineEndOf(workerId: string): Promise<MachineEnd>;
  cancel(runId: string): Promise<RequestedStop[]>;
}

const QUIET: Log = { debug() {}, info() {}, warn() {}, error() {} };
const LOST: AttemptEnd = anEnd({ failure: "worker-lost", exitCode: null, detail: "gone" });

export const cancelOf = (runId: string): StopRequest => ({
  runId,
  rule: "cancel",
  phase: "Cancelled",
  reason: "CancelledByUser",
  message: "no longer needed",
  by: null,
});
export const deadlineOf = (runId: string): StopRequest => ({
  runId,
  rule: "deadline",
  phase: "Failed",
  reason: "DeadlineExceeded",
  message: "the active deadline passed",
  by: null,
});
export const endOf = (workerId: string, rule: WorkerEnd["rule"], idleMs = 0): WorkerEnd => ({
  workerId,
  rule,
  reason: `because ${rule}`,
  message: null,
  idleMs,
});

export function createScene(store: ControlStore, tables: Tables): Scene {
  const fleet = fleetActs(store);
  const assign = async (runId: string, stream: Stream): Promise<Held> => {
    const fence = Number((await tables.run(runId)).fence);
    const pair = { runId, fence, workerId: stream.workerId, executionId: randomUUID() };
    const [assigned] = await store.assignRuns([pair], stream.gatewayId);
    if (!assigned) throw new Error(`run ${runId} was not assigned`);
    return { ...stream, ...pair, fence: assigned.fence };
  };
  const submit = async (spec: Partial<RunSpec> = {}): Promise<string> => {
    const run = aRun(spec);
    await store.insertRuns([run]);
    return run.id;
  };
  const assigned = async ({ spec, worker }: HeldOptions = {}): Promise<Held> =>
    assign(await submit(spec), await fleet.ready(worker));
  const running = async (options: HeldOptions = {}): Promise<Held> => {
    const held = await assigned(options);
    const [accepted] = await store.acceptAttempts([held]);
    if (!accepted) throw new Error(`attempt of ${held.runId} was not accepted`);
    return held;
  };
  const endings = endingActs(store, tables);
  return { submit, assign, assigned, running, ...fleet, ...endings };
}

function fleetActs(store: ControlStore) {
  const creating = async (overrides: Partial<NewWorker> = {}): Promise<string> => {
    const { launchEpoch } = await store.control();
    const [id] = await store.createWorkers([aWorker(overrides)], launchEpoch);
    if (!id) throw new Error("the worker was not created");
    return id;
  };
  const launched = async (overrides: Partial<NewWorker> = {}): Promise<string> => {
    const workerId = await creating(overrides);
    await store.launchesAccepted([{ workerId, externalId: `machine of ${workerId}` }]);
    return workerId;
  };
  const connecting = async (overrides: Partial<NewWorker> = {}): Promise<string> => {
    const workerId = await launched(overrides);
    await store.registerWorker(aRegistration(workerId));
    return workerId;
  };
  const attach = async (workerId: string, gatewayId: string = randomUUID()): Promise<Stream> => {
    const attachment = { workerId, sessionSha256: sessionOf(workerId), gatewayId };
    const attached = await store.attachWorker(attachment);
    if (!attached) throw new Error(`worker ${workerId} was not attached`);
    return { workerId, gatewayId, epoch: attached.epoch };
  };
  const beat = async (stream: Stream, executions: readonly WorkerClaim[] = []): Promise<void> => {
    await store.beatWorkers([{ ...stream, executions }]);
  };
  const ready = async (overrides: Partial<NewWorker> = {}): Promise<Stream> => {
    const stream = await attach(await connecting(overrides));
    await beat(stream);
    return stream;
  };
  return { creating, launched, connecting, attach, beat, ready };
}

function endingActs(store: ControlStore, tables: Tables) {
  const random = () => 0.5;
  const contextOf = async ({ executionId }: WorkerClaim) => {
    const [context] = await store.attemptContexts([executionId]);
    if (!context) throw new Error(`no attempt ${executionId}`);
    return context;
  };
  const endTroubled = async () =>
    endAll({ store, random }, await store.troubledAttempts(limits.tickBatchMax));
  const machineEndOf = async (workerId: string): Promise<MachineEnd> => {
    const [context] = await store.heldAttempts([workerId]);
    const expected = context?.phase === "Assigned" ? "Assigned" : "Running";
    const closing = context && closingOf(context, LOST, random());
    // As the watch of machines does: what is gone need not be waited for.
    const next =
      closing?.next.phase === "Pending"
        ? { ...closing.next, blockUntilGone: false }
        : closing?.next;
    const attempt = context && { ...context, expected, ...closing, next };
    return {
      workerId,
      reason: "MachineStopped",
      detail: "it stopped",
      attempt: (attempt as MachineEnd["attempt"] | undefined) ?? null,
    };
  };
  return {
    endTroubled,
    machineEndOf,
    report: async (held: Held, end = anEnd(), resultId: string = randomUUID()) => {
      const deps = { store, random, log: QUIET, telemetry: NO_TELEMETRY };
      const [verdict] = await recordResults(deps, [{ ...held, end, resultId, logLastSeq: null }]);
      if (!verdict) throw new Error("no verdict");
      return verdict;
    },
    resultOf: async (held: Held, end = anEnd(), resultId: string = randomUUID()) => ({
      ...held,
      resultId,
      logLastSeq: null,
      ...closingOf(await contextOf(held), end, random()),
    }),
    closingOf: async (held: Held, rule: TroubleRule): Promise<AttemptClosing> => {
      const context = await contextOf(held);
      const failure = rule === "not-accepted" || rule === "refused" ? "dispatch" : "worker-lost";
      return {
        ...held,
        rule,
        expected: context.phase === "Assigned" ? "Assigned" : "Running",
        ...closingOf(context, { ...LOST, failure }, random()),
      };
    },
    lapse: async () => {
      await tables.advance(limits.leaseMs + 1);
      await endTroubled();
    },
    cancel: (runId: string) => store.requestStops([cancelOf(runId)]),
  };
}
