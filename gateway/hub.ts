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
  Beat,
  Dispatch,
  LogRecord,
  WorkerClaim,
} from "#core/ports/control-store.ts";
import { AdaptiveBatch } from "./adaptive-batch.ts";
import type { GatewayDeps } from "./deps.ts";
import { Pass } from "./pass.ts";
import type { Session } from "./session.ts";
import { Sessions } from "./sessions.ts";

const POLL_MS = 2_000; // the net under lost hints
const BEAT_FLUSH_MS = 1_000;
const WAKE_AGAIN_MS = 2_000;
const WAKE_MARGIN_MS = 50;

/**
 * What all streams of this gateway share: gathered writes (accepts, results, logs, heartbeats) and
 * the loops that place and dispatch. Holds no truth: everything here is rebuilt from rows.
 */
export class Hub {
  readonly deps: GatewayDeps;
  readonly sessions = new Sessions();
  readonly placing: Pass;
  readonly dispatching: Pass;
  readonly beating: Pass;
  readonly presence: Pass;
  readonly accepts: AdaptiveBatch<WorkerClaim, Accepted | undefined>;
  readonly results: AdaptiveBatch<ResultReport, ResultVerdict>;
  readonly logs: AdaptiveBatch<readonly LogRecord[], ReadonlySet<string>>;
  readonly #beats = new Map<Session, Beat["executions"]>();
  #lastWakeAt = 0;

  constructor(deps: GatewayDeps) {
    this.deps = deps;
    this.placing = new Pass("place", () => this.#place(), deps.log);
    this.dispatching = new Pass("dispatch", () => this.#dispatch(), deps.log);
    this.beating = new Pass("beat workers", () => this.#beat(), deps.log);
    this.presence = new Pass("beat gateway", () => this.#present(), deps.log);
    this.accepts = new AdaptiveBatch((claims) => this.#accept(claims), limits.batchItemsMax);
    this.results = new AdaptiveBatch((reports) => this.#record(reports), limits.batchItemsMax);
    this.logs = new AdaptiveBatch((parts) => this.#append(parts), LOG_PARTS_MAX);
  }

  start(): void {
    this.placing.start(POLL_MS);
    this.dispatching.start(POLL_MS);
    this.beating.start(Math.min(BEAT_FLUSH_MS, this.deps.timings.heartbeatPeriodMs / 4));
    this.presence.start(limits.gatewayBeatMs);
    for (const pass of [this.presence, this.placing, this.dispatching]) pass.poke();
  }

  async stop(): Promise<void> {
    await this.beating.stop();
    await Promise.all([this.placing.stop(), this.dispatching.stop(), this.presence.stop()]);
  }

  /** A heartbeat: answered after the next gathered write. The first one of a stream goes at once. */
  beat(session: Session, executions: Beat["executions"]): void {
    this.#beats.set(session, executions);
    if (!session.beaten) this.beating.poke();
  }

  /** The worker will not run this: the run is Pending again, free of charge. */
  async refuse(session: Session, executionId: string, reason: string): Promise<void> {
    const { store, random, log } = this.deps;
    const contexts = await store.attemptContexts([executionId]);
    const mine = contexts.filter(({ workerId }) => workerId === session.workerId);
    const troubled = mine.map((context) => ({ ...context, rule: "refused" as const }));
    const ended = await endAll({ store, random }, troubled, session.epoch);
    session.forget(executionId);
    for (const { runId, fence } of ended)
      log.info({ runId, workerId: session.workerId, fence, reason }, "worker refused an attempt");
    this.placing.poke();
    await this.deps.wake.wake();
  }

  async #place(): Promise<void> {
    const { store, newId, telemetry, gatewayId } = this.deps;
    const { assigned, queue } = await placeRuns({ store, newId, telemetry, self: gatewayId });
    if (assigned.some((pair) => pair.gatewayId === gatewayId)) this.dispatching.poke();
    if (assigned.length === limits.placementRunsMax) this.placing.poke();
    const waiting = queue.reduce((sum, { due }) => sum + due, 0);
    telemetry.gauge("runs_pending", waiting);
    if (waiting > 0) await this.#askForWorkers();
  }

  /** What no ready worker takes needs a machine, and machines are the reconciler's business. */
  async #askForWorkers(): Promise<void> {
    const now = performance.now();
    if (now - this.#lastWakeAt < WAKE_AGAIN_MS && this.#lastWakeAt !== 0) return;
    this.#lastWakeAt = now;
    await this.deps.wake.wake();
  }

  async #dispatch(): Promise<void> {
    const dispatches = await this.deps.store.dispatches(this.deps.gatewayId);
    await Promise.all(dispatches.map((dispatch) => this.deliver(dispatch)));
  }

  /** Sends what a row asks for down the stream that holds its worker, if it is due there. */
  async deliver(dispatch: Dispatch): Promise<void> {
    const session = this.sessions.get(dispatch.workerId);
    if (!session || session.epoch !== dispatch.epoch) return;
    const { runId, executionId, fence } = dispatch;
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

  async #accept(claims: WorkerClaim[]): Promise<(Accepted | undefined)[]> {
    const { store, telemetry } = this.deps;
    telemetry.observe("batch_items", claims.length, { statement: "accept-attempts" });
    const accepted = await store.acceptAttempts(claims);
    const byExecution = new Map(accepted.map((row) => [row.executionId, row]));
    for (const { again, waitedMs } of accepted)
      if (!again) {
        telemetry.count("attempts_started_total");
        telemetry.observe("run_wait_seconds", waitedMs / 1000);
      }
    return claims.map(({ executionId }) => byExecution.get(executionId));
  }

  async #record(reports: ResultReport[]): Promise<ResultVerdict[]> {
    this.deps.telemetry.observe("batch_items", reports.length, { statement: "record-results" });
    const unique = [...new Map(reports.map((report) => [report.executionId, report])).values()];
    const verdicts = await recordResults(this.deps, unique);
    const byExecution = new Map(unique.map((report, i) => [report.executionId, verdicts[i]]));
    this.#afterResults(verdicts);
    return reports.map(({ executionId }) => byExecution.get(executionId) as ResultVerdict);
  }

  /** Freed workers may take the next runs; retries and worn workers need a later look. */
  #afterResults(verdicts: readonly ResultVerdict[]): void {
    const recorded = verdicts.flatMap((one) => (one.verdict === "accepted" ? one.recorded : []));
    if (recorded.length === 0) return;
    this.placing.poke();
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
    const stored = new Set((await store.appendLogs(parts.flat())).map((row) => row.executionId));
    telemetry.count("log_chunks_total", {}, parts.flat().length);
    return parts.map(() => stored);
  }

  async #beat(): Promise<void> {
    this.#beatForOriginals();
    const beats = new Map(this.#beats);
    this.#beats.clear();
    const sessions = [...beats.keys()].filter(
      (session) => this.sessions.get(session.workerId) === session,
    );
    const answers = await this.deps.store.beatWorkers(
      sessions.map((session) => ({
        workerId: session.workerId,
        epoch: session.epoch,
        executions: beats.get(session) ?? [],
      })),
    );
    const byWorker = new Map(answers.map((answer) => [answer.workerId, answer]));
    for (const session of sessions) {
      const answer = byWorker.get(session.workerId);
      if (!answer) session.outbox.end();
      else this.#answerBeat(session, answer.lost);
    }
    if (answers.some(({ born }) => born)) this.placing.poke();
    this.deps.telemetry.gauge("streams_open", this.sessions.size);
  }

  #answerBeat(session: Session, lost: readonly string[]): void {
    session.beaten = true;
    if (session.isOriginal) {
      const value = { messageId: this.deps.newId(), success: true, workerId: session.workerId };
      session.outbox.send({ $case: "ack", value });
      return;
    }
    for (const executionId of lost) session.forget(executionId);
    const value = { leaseMs: this.deps.timings.leaseMs, lostExecutionIds: [...lost] };
    session.outbox.send({ $case: "heartbeatAck", value });
  }

  /**
   * The original's worker is silent while a job runs on one CPU: for that generation an open
   * connection counts as life, and the command it was sent as held.
   */
  #beatForOriginals(): void {
    for (const session of this.sessions.all())
      if (session.isOriginal && session.beaten)
        this.#beats.set(session, session.current ? [session.current] : []);
  }

  async #present(): Promise<void> {
    await this.deps.store.beatGateway(this.deps.gatewayId, this.deps.address);
  }
}

/** Parts of one gathered logs statement: some 50 chunks of 16 KiB, under every limit. */
const LOG_PARTS_MAX = 16;
