import { setMaxListeners } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import { endAll } from "#core/application/end-troubled.ts";
import { placeRuns } from "#core/application/place-runs.ts";
import {
  type ResultReport,
  type ResultVerdict,
  recordResults,
} from "#core/application/record-results.ts";
import { limits } from "#core/domain/limits.ts";
import type {
  Accepted,
  CheckedFence,
  Dispatch,
  LogRecord,
  PlacementBounds,
  WorkerClaim,
} from "#core/ports/control-store.ts";
import type { Wake } from "#core/ports/wake.ts";
import { AdaptiveBatch } from "./adaptive-batch.ts";
import type { GatewayDeps } from "./deps.ts";
import { Heartbeats } from "./heartbeats.ts";
import type { LogRoom } from "./log-buffer.ts";
import { oncePerExecution } from "./once-per-execution.ts";
import { Pass } from "./pass.ts";
import type { Session } from "./session.ts";
import { Sessions } from "./sessions.ts";
import { RUN_IT, Submits } from "./submits.ts";
import { ThrottledWake } from "./throttled-wake.ts";
import { UsageReports } from "./usage-reports.ts";
import { UsageWriter } from "./usage-writer.ts";
import { WarmWorkers } from "./warm-workers.ts";

const POLL_MS = 2_000; // the net under lost hints
const WAKE_AGAIN_MS = 2_000;
const WAKE_MARGIN_MS = 50;
/** Somebody held the row of a worker or a run for a moment, a heartbeat for example. */
const STALE_AGAIN_MS = 20;
/** Whether anything goes on waiting is all that a gateway asks of the rest of the queue. */
const BOUNDS: PlacementBounds = { runsMin: 0, dueMax: limits.placementRunsPerShapeMax + 1 };
const DISPATCHES_PER_LOOK = limits.tickBatchMax;
/** Parts of one gathered logs statement, each of one stream (`log-buffer.ts` bounds it). */
const LOG_PARTS_MAX = 16;

/**
 * What all streams of this gateway share: gathered writes (accepts, results, logs, heartbeats) and
 * the loops that place and dispatch. Holds no truth: everything here is rebuilt from rows.
 */
export class Hub {
  readonly deps: GatewayDeps;
  readonly sessions = new Sessions();
  readonly heartbeats: Heartbeats;
  readonly usage = new UsageReports();
  readonly usageWriter: UsageWriter;
  readonly placing: Pass;
  readonly dispatching: Pass;
  readonly submits: Submits;
  readonly accepts: AdaptiveBatch<WorkerClaim, Accepted | undefined>;
  readonly fences: AdaptiveBatch<WorkerClaim, CheckedFence | undefined>;
  readonly results: AdaptiveBatch<ResultReport, ResultVerdict>;
  readonly logs: AdaptiveBatch<readonly LogRecord[], ReadonlySet<string>>;
  readonly #warm = new WarmWorkers();
  readonly logRoom: LogRoom = { bytes: 0 };
  /** What streams hold that have not said yet of which worker they are. */
  readonly strangers = { bytes: 0 };
  readonly #presence: Pass;
  readonly #workersWanted: ThrottledWake;
  readonly #detaching: Pass;
  #detached: Session[] = [];
  /** Ready since the last look, which may have a run for them. */
  #fresh = new Set<Session>();
  /** The last look may not have shown every dispatch. */
  #moreToDispatch = false;
  /** The last placement found runs that no ready worker took. */
  #leftWaiting = false;
  readonly #leaving = new AbortController();

  constructor(deps: GatewayDeps) {
    this.deps = deps;
    setMaxListeners(0, this.#leaving.signal); // one for each reader that is being answered
    this.placing = new Pass("place", () => this.#place(), deps.log);
    this.dispatching = new Pass("dispatch", () => this.#dispatch(), deps.log);
    this.submits = new Submits(
      deps,
      this.#warm,
      (dispatch) => void this.#deliverAssigned(dispatch),
    );
    this.#workersWanted = new ThrottledWake(deps.wake, WAKE_AGAIN_MS);
    this.heartbeats = new Heartbeats(deps, this.sessions, (born) => this.ready(born));
    this.usageWriter = new UsageWriter(deps.usageStore, this.usage, deps.log);
    this.#presence = new Pass("beat gateway", () => this.#present(), deps.log);
    this.#detaching = new Pass("detach workers", () => this.#detach(), deps.log);
    const { batchItemsMax } = limits;
    this.accepts = new AdaptiveBatch((claims) => this.#accept(claims), batchItemsMax);
    this.fences = new AdaptiveBatch((claims) => this.#checkFences(claims), batchItemsMax);
    this.results = new AdaptiveBatch((reports) => this.#record(reports), batchItemsMax);
    this.logs = new AdaptiveBatch((parts) => this.#append(parts), LOG_PARTS_MAX);
  }

  /** true: this gateway is going away and takes no new streams. */
  get leaving(): boolean {
    return this.#leaving.signal.aborted;
  }

  /** Aborted when this gateway begins to leave. */
  get leavingSignal(): AbortSignal {
    return this.#leaving.signal;
  }

  start(): void {
    for (const pass of [this.placing, this.dispatching, this.#detaching]) pass.start(POLL_MS);
    this.#presence.start(limits.gatewayBeatMs);
    this.heartbeats.start();
    this.usageWriter.start();
    for (const pass of [this.#presence, this.placing, this.dispatching]) pass.poke();
  }

  /** How a submit here asks for a look: this gateway places by itself, the queue is for later. */
  readonly look: Wake = {
    wake: async (delayMs = 0) => {
      this.placing.poke();
      if (delayMs > 0) await this.deps.wake.wake(delayMs);
    },
  };

  /** These workers may take a run: one that waits, or else one that is submitted. */
  ready(sessions: readonly Session[]): void {
    for (const session of sessions) this.#fresh.add(session);
    this.placing.poke();
  }

  /** From now on no stream is taken; those that are here go on. */
  leave(): void {
    this.#leaving.abort();
    for (const session of this.sessions.all()) this.#warm.remove(session);
  }

  /** Ends every loop; what was received until now is written first. */
  async stop(): Promise<void> {
    this.leave();
    await Promise.all([this.heartbeats.stop(), this.usageWriter.stop()]);
    const passes = [this.placing, this.dispatching, this.#presence, this.#detaching];
    await Promise.all(passes.map((pass) => pass.stop()));
    await Promise.all([this.submits.idle(), this.logs.idle()]);
    await turn(); // a result that waited for its logs is handed in now
    await Promise.all([this.accepts.idle(), this.results.idle()]);
  }

  /**
   * This stream is over: placement must not choose its worker until it attaches again. false = a
   * newer stream of the worker is here.
   */
  ended(session: Session): boolean {
    this.#fresh.delete(session);
    this.#warm.remove(session);
    if (!this.sessions.remove(session)) return false;
    const { workerId, epoch } = session;
    this.deps.log.info({ workerId, epoch }, "worker stream ended");
    this.#detached.push(session);
    this.#detaching.poke();
    return true;
  }

  /** The worker will not run this: the run is Pending again, free of charge. */
  async refuse(session: Session, executionId: string, reason: string): Promise<void> {
    const { store, random, log } = this.deps;
    const contexts = await store.attemptContexts([executionId]);
    const mine = contexts.filter(({ workerId }) => workerId === session.workerId);
    const troubled = mine.map((context) => ({ ...context, rule: "refused" as const }));
    const ended = await endAll({ store, random }, troubled, session.epoch);
    session.forget(executionId);
    const { workerId } = session;
    if (ended.length === 0) {
      log.info({ workerId, executionId, reason }, "refusal not applied");
      return; // nothing changed: nobody needs to look
    }
    for (const { runId, fence } of ended)
      log.info({ runId, workerId, fence, reason }, "worker refused an attempt");
    this.placing.poke();
    await this.deps.wake.wake();
  }

  /** Sends what a row asks for down the stream that holds its worker, if it is due there. */
  async deliver(dispatch: Dispatch): Promise<void> {
    const session = this.sessions.get(dispatch.workerId);
    if (!session || session.epoch !== dispatch.epoch) return;
    const { runId, executionId, fence } = dispatch;
    this.#warm.remove(session); // whoever placed on it
    const command = dispatch.stop ? "stop" : "run";
    if (!session.isDue(command, executionId, performance.now())) return;
    if (dispatch.stop) {
      session.stop(runId, executionId);
      return;
    }
    // The original's workers know no accept gate: Running is committed before the command leaves.
    if (session.isOriginal && !(await this.accepts.add(session.claim(executionId, fence)))) return;
    this.deps.log.debug({ runId, workerId: session.workerId, fence }, "command sent");
    session.run(dispatch);
  }

  async #place(): Promise<void> {
    const { store, newId, telemetry, gatewayId } = this.deps;
    const self = gatewayId;
    const fresh = this.#fresh; // the look sees all of these
    this.#fresh = new Set();
    const placed = await placeRuns({ store, newId, telemetry, self, bounds: BOUNDS }).catch(
      (error) => {
        for (const session of fresh) this.#fresh.add(session);
        throw error;
      },
    );
    const { assigned, stale, queue } = placed;
    this.#warm.strategy = placed.strategy;
    for (const session of fresh) this.#keepWarm(session);
    for (const { dispatch, ...pair } of assigned)
      if (dispatch) void this.#deliverAssigned({ ...pair, ...dispatch, ...RUN_IT });
    if (stale > 0) setTimeout(() => this.placing.poke(), STALE_AGAIN_MS).unref();
    if (assigned.length >= limits.placementRunsPerShapeMax) this.placing.poke();
    const waiting = queue.reduce((sum, { due }) => sum + due, 0);
    telemetry.gauge("runs_pending", waiting);
    this.#leftWaiting = waiting > 0;
    // What no ready worker takes needs a machine, and machines are the reconciler's business.
    if (waiting > 0) this.#workersWanted.ask();
  }

  /** Told at once, without asking the rows again; the next look at them is the net. */
  async #deliverAssigned(dispatch: Dispatch): Promise<void> {
    try {
      await this.deliver(dispatch);
    } catch (error) {
      const { runId } = dispatch;
      this.deps.log.warn({ runId, err: error }, "a command waits for the next look");
    }
  }

  #keepWarm(session: Session): void {
    const isOpen = this.sessions.get(session.workerId) === session;
    if (isOpen && !this.leaving) this.#warm.add(session);
  }

  async #dispatch(): Promise<void> {
    const dispatches = await this.deps.store.dispatches(this.deps.gatewayId);
    this.#moreToDispatch = dispatches.length >= DISPATCHES_PER_LOOK;
    await Promise.all(dispatches.map((dispatch) => this.deliver(dispatch)));
  }

  async #accept(claims: WorkerClaim[]): Promise<(Accepted | undefined)[]> {
    const { store, telemetry } = this.deps;
    telemetry.observe("batch_items", claims.length, { statement: "accept-attempts" });
    const answers = await oncePerExecution(claims, async (turn) => {
      const accepted = await store.acceptAttempts(turn);
      this.#noteStarted(accepted);
      const byExecution = new Map(accepted.map((row) => [row.executionId, row]));
      return turn.map(({ executionId }) => byExecution.get(executionId));
    });
    if (this.#moreToDispatch) this.dispatching.poke(); // the accepted rows make room in the look
    return answers;
  }

  async #checkFences(claims: WorkerClaim[]): Promise<(CheckedFence | undefined)[]> {
    const { store, telemetry } = this.deps;
    telemetry.observe("batch_items", claims.length, { statement: "read-fences" });
    return oncePerExecution(claims, async (turn) => {
      const checked = await store.checkFences(turn);
      const byExecution = new Map(checked.map((row) => [row.executionId, row]));
      return turn.map(({ executionId }) => byExecution.get(executionId));
    });
  }

  #noteStarted(accepted: readonly Accepted[]): void {
    const { telemetry } = this.deps;
    for (const { again, waitedMs } of accepted) {
      if (again) continue;
      telemetry.count("attempts_started_total");
      telemetry.observe("run_wait_seconds", waitedMs / 1000);
    }
  }

  async #record(reports: ResultReport[]): Promise<ResultVerdict[]> {
    this.deps.telemetry.observe("batch_items", reports.length, { statement: "record-results" });
    return oncePerExecution(reports, async (turn) => {
      const verdicts = await recordResults(this.deps, turn);
      this.#afterResults(turn, verdicts);
      return verdicts;
    });
  }

  /** Freed workers may take the next runs; retries and worn workers need a later look. */
  #afterResults(reports: readonly ResultReport[], verdicts: readonly ResultVerdict[]): void {
    const recorded = verdicts.flatMap((one) => (one.verdict === "accepted" ? one.recorded : []));
    if (recorded.length === 0) return;
    const freed = reports.flatMap(({ workerId }, at) => {
      const one = verdicts[at];
      const isFree = one?.verdict === "accepted" && one.recorded.workerPhase === "Ready";
      return (isFree && this.sessions.get(workerId)) || [];
    });
    // A run that was stored meanwhile was looked at here and left, or its submitter woke somebody.
    if (this.#leftWaiting || recorded.some(({ queueWaits }) => queueWaits)) this.ready(freed);
    else for (const session of freed) this.#keepWarm(session);
    const waits = recorded.flatMap(({ phase, waitMs }) => (phase === "Pending" ? waitMs : []));
    if (waits.length > 0) this.#lookAgainIn(Math.min(...waits) + WAKE_MARGIN_MS);
    if (recorded.some(({ workerPhase }) => workerPhase !== "Ready")) void this.deps.wake.wake();
  }

  #lookAgainIn(ms: number): void {
    void this.deps.wake.wake(ms);
    setTimeout(() => this.placing.poke(), ms).unref();
  }

  async #append(parts: (readonly LogRecord[])[]): Promise<ReadonlySet<string>[]> {
    const { store, telemetry } = this.deps;
    const records = parts.flat();
    const stored = new Set((await store.appendLogs(records)).map((row) => row.executionId));
    telemetry.count("log_chunks_total", {}, records.length);
    return parts.map(() => stored);
  }

  /** Repeated until it is written: a worker without a stream must not be given runs. */
  async #detach(): Promise<void> {
    const ended = this.#detached;
    if (ended.length === 0) return;
    this.#detached = [];
    try {
      await this.deps.store.detachWorkers(
        ended.map(({ workerId, epoch }) => ({ workerId, epoch })),
      );
      this.#lookWhenLeasesEnd(ended);
    } catch (error) {
      this.#detached.push(...ended);
      throw error;
    }
  }

  /** Who does not come back is lost when its lease is over, and the tick may be a minute away. */
  #lookWhenLeasesEnd(ended: readonly Session[]): void {
    const now = performance.now();
    const beatenAt = Math.max(...ended.map((session) => session.beatenAt ?? now));
    const leftMs = Math.max(0, beatenAt + this.deps.timings.leaseMs - now);
    void this.deps.wake.wake(leftMs + WAKE_MARGIN_MS);
  }

  async #present(): Promise<void> {
    await this.deps.store.beatGateway(this.deps.gatewayId, this.deps.address);
  }
}
