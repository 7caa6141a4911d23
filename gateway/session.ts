import { limits } from "#core/domain/limits.ts";
import type { Offer } from "#core/domain/worker/fit.ts";
import type { Attached, Dispatch, WorkerClaim } from "#core/ports/control-store.ts";
import { cancelCommand, runCommand } from "./codec.ts";
import type { Outbox } from "./outbox.ts";

/** How long a command that got no answer waits before it is sent again. */
const RESEND_MS = 5_000;

export interface Held {
  readonly runId: string;
  readonly executionId: string;
  readonly fence: number;
}

/**
 * One worker's control stream, from attach to end. Knows what was sent on this stream so that
 * level-triggered dispatching does not repeat itself on every look; forgets it with the stream.
 */
export class Session {
  readonly workerId: string;
  readonly epoch: number;
  /** 0 = a worker of the original: no accept gate, no execution ids. */
  readonly protocolVersion: number;
  readonly secretSha256: string;
  /** What placement looks at in the worker, and its name: equal offers have equal keys. */
  readonly offer: Offer;
  readonly offerKey: string;
  /** The only run this worker may take; null = any. */
  readonly dedicatedRunId: string | null;
  readonly outbox: Outbox;
  /**
   * The execution last sent and not yet known to be over; for the original's workers also the only
   * way from a job id to its execution.
   */
  current: Held | null = null;
  /** The execution that ran already when this stream began: an older one carried what came before. */
  returnedWith: string | null = null;
  /**
   * An original's heartbeats name its jobs: those of the later generation do. What they do not name
   * never reached the worker, or its result did not reach us, and nobody would repeat either.
   */
  namesJobs: boolean;
  #unnamed: string | null = null;
  /** Monotonic ms of the last heartbeat written; null = the first is not yet. */
  beatenAt: number | null = null;
  readonly #sentAt = new Map<string, number>();

  constructor(
    init: Pick<Attached, "epoch" | "protocolVersion" | "offer" | "dedicatedRunId"> &
      Pick<Session, "workerId" | "secretSha256" | "outbox"> &
      Partial<Pick<Session, "namesJobs">>,
  ) {
    this.workerId = init.workerId;
    this.epoch = init.epoch;
    this.protocolVersion = init.protocolVersion;
    this.secretSha256 = init.secretSha256;
    this.offer = init.offer;
    this.offerKey = JSON.stringify(init.offer); // always made by the same statement
    this.dedicatedRunId = init.dedicatedRunId;
    this.outbox = init.outbox;
    this.namesJobs = init.namesJobs ?? false;
  }

  get isOriginal(): boolean {
    return this.protocolVersion === 0;
  }

  /** What an original was sent and has not reported, as a heartbeat of ours would name it. */
  get held(): readonly Held[] {
    const { current } = this;
    return current && current.executionId !== this.#unnamed ? [current] : [];
  }

  /** The jobs that a heartbeat of an original names; its silence later says nothing new. */
  jobsNamed(runIds: readonly string[]): void {
    if (runIds.length > 0) this.namesJobs = true;
    const { current, namesJobs } = this;
    const isMissing = namesJobs && current !== null && !runIds.includes(current.runId);
    this.#unnamed = isMissing ? current.executionId : null;
  }

  claim(executionId: string, fence: number): WorkerClaim {
    const { workerId, epoch, current } = this;
    const runId = current?.executionId === executionId ? current.runId : undefined;
    return { executionId, fence, workerId, epoch, ...(runId && { runId }) };
  }

  /** true when this command is due on this stream: never sent, or unanswered for a while. */
  isDue(command: "run" | "stop", executionId: string, nowMs: number): boolean {
    const key = `${command} ${executionId}`;
    const sentAt = this.#sentAt.get(key);
    if (sentAt !== undefined && nowMs - sentAt < RESEND_MS) return false;
    this.#sentAt.set(key, nowMs);
    return true;
  }

  /** Sends a command; what the worker may still hold of an older execution is discarded first. */
  run(dispatch: Dispatch): void {
    const { runId, executionId, fence } = dispatch;
    if (this.current && this.current.executionId !== executionId && !this.isOriginal)
      this.discard(this.current.executionId);
    this.current = { runId, executionId, fence };
    const value = runCommand(dispatch, { limits, original: this.isOriginal });
    this.outbox.send({ $case: "runJob", value });
  }

  /** What it executes since an earlier stream. */
  returnsWith(held: Held): void {
    this.current = held;
    this.returnedWith = held.executionId;
  }

  stop(runId: string, executionId: string): void {
    this.outbox.send({ $case: "cancel", value: cancelCommand(runId, executionId, false) });
  }

  /** The execution is no longer this worker's: nothing it says of it counts any more. */
  discard(executionId: string): void {
    const runId = this.current?.executionId === executionId ? this.current.runId : "";
    this.outbox.send({ $case: "cancel", value: cancelCommand(runId, executionId, true) });
    this.forget(executionId);
  }

  forget(executionId: string): void {
    if (this.current?.executionId === executionId) this.current = null;
    this.#sentAt.delete(`run ${executionId}`);
    this.#sentAt.delete(`stop ${executionId}`);
  }
}
