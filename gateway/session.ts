import { limits } from "#core/domain/limits.ts";
import type { Dispatch, WorkerClaim } from "#core/ports/control-store.ts";
import { cancelCommand, runCommand } from "./codec.ts";
import type { Outbox } from "./outbox.ts";

/** How long a command that got no answer waits before it is sent again. */
const RESEND_MS = 5_000;

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
  readonly outbox: Outbox;
  /** The execution last sent and not yet known to be over; for the original's workers also their only link from job id to execution. */
  current: { runId: string; executionId: string; fence: number } | null = null;
  /** First heartbeat answered: the lease is this stream's. */
  beaten = false;
  readonly #sentAt = new Map<string, number>();

  constructor(init: {
    workerId: string;
    epoch: number;
    protocolVersion: number;
    secretSha256: string;
    outbox: Outbox;
  }) {
    this.workerId = init.workerId;
    this.epoch = init.epoch;
    this.protocolVersion = init.protocolVersion;
    this.secretSha256 = init.secretSha256;
    this.outbox = init.outbox;
  }

  get isOriginal(): boolean {
    return this.protocolVersion === 0;
  }

  claim(executionId: string, fence: number): WorkerClaim {
    return { executionId, fence, workerId: this.workerId, epoch: this.epoch };
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
      this.discard(this.current.runId, this.current.executionId);
    this.current = { runId, executionId, fence };
    this.outbox.send({ $case: "runJob", value: runCommand(dispatch, limits) });
  }

  stop(runId: string, executionId: string): void {
    this.outbox.send({ $case: "cancel", value: cancelCommand(runId, executionId, false) });
  }

  /** The execution is no longer this worker's: nothing it says of it counts any more. */
  discard(runId: string, executionId: string): void {
    this.outbox.send({ $case: "cancel", value: cancelCommand(runId, executionId, true) });
    this.forget(executionId);
  }

  forget(executionId: string): void {
    if (this.current?.executionId === executionId) this.current = null;
    this.#sentAt.delete(`run ${executionId}`);
    this.#sentAt.delete(`stop ${executionId}`);
  }
}
