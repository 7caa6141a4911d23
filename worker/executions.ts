import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import { limits } from "#core/domain/limits.ts";
import type { CancelJobCommand, StartExecution, WorkerMessage } from "#proto/hodei.ts";
import type { AttemptResult, Outcome } from "./attempt-result.ts";
import { acceptMessage, refuseMessage } from "./codec.ts";
import type { Execute } from "./execution.ts";
import type { JobCommand } from "./job-command.ts";
import type { JobToolsPlace } from "./job-tools.ts";
import { LogRing } from "./log-ring.ts";
import type { LogStream } from "./log-stream.ts";
import { outcomeBeforeStart } from "./outcome.ts";
import { OutputPump } from "./output-pump.ts";
import type { Reporter } from "./reporter.ts";
import type { Results } from "./result-store.ts";

/** How many settled executions are remembered, to know a late repeat of their command. */
const SETTLED_MAX = 64;

export interface ExecutionsOptions {
  readonly store: Results;
  readonly reporter: Reporter;
  readonly logs: LogStream;
  readonly send: (message: WorkerMessage) => void;
  readonly agentEnv: Readonly<Record<string, string | undefined>>;
  /** Makes the process; a simulation has its own. */
  readonly execute: Execute;
  /** Whether the worker still trusts its lease; asked before user code becomes a process. */
  readonly mayStart: () => boolean;
  /** What jobs find on this machine; null = nothing. */
  readonly tools: () => JobToolsPlace | null;
  readonly onIdle: () => void;
  readonly log: Logger;
}

/** The one execution that has no result yet. `running` is null until the gateway says start. */
interface Current {
  readonly command: JobCommand;
  running: { readonly execution: ReturnType<Execute>; readonly pump: OutputPump } | null;
  /** It is no longer ours: ends without a result and is not named in heartbeats. */
  discarded: boolean;
}

/**
 * What this worker executes: at most one command at a time, and every command at most once.
 *
 * A command is taken with `accept` and waits; only the gateway's `start` makes a process. A repeat
 * of a command is answered with what is known of it, never with a second process.
 */
export class Executions {
  readonly #options: ExecutionsOptions;
  readonly #settled = new Set<string>();
  #current: Current | null = null;
  #draining = false;
  #lastRunId = "";

  constructor(options: ExecutionsOptions) {
    this.#options = options;
  }

  /** The execution that waits or runs and is still ours, or null. */
  get current(): JobCommand | null {
    return this.#current === null || this.#current.discarded ? null : this.#current.command;
  }

  /** No process, and none about to be one. */
  get idle(): boolean {
    return this.#current === null;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** The run that was executed last, empty if none was. */
  get lastRunId(): string {
    return this.#lastRunId;
  }

  /** Takes or refuses a command. */
  offered(command: JobCommand): void {
    const { reporter, send } = this.#options;
    const { executionId } = command;
    if (reporter.repeat(executionId)) return;
    if (this.current?.executionId === executionId) {
      this.repeatAccept();
      return;
    }
    const reason = this.#refusal(executionId);
    if (reason !== null) {
      this.#log(command).info({ reason }, "command refused");
      send(refuseMessage(command, reason));
      return;
    }
    this.#current = { command, running: null, discarded: false };
    this.#log(command).info("command accepted");
    send(acceptMessage(command));
  }

  /** An accept whose answer may be lost is said again; harmless once it is committed. */
  repeatAccept(): void {
    const current = this.#current;
    if (current !== null && current.running === null) {
      this.#options.send(acceptMessage(current.command));
    }
  }

  /** The accept is committed: the user's code starts, once. */
  start({ executionId, fence }: StartExecution): void {
    const current = this.#current;
    if (current?.command.executionId !== executionId || current.command.fence !== fence) return;
    if (current.running === null) void this.#run(current);
  }

  /** Stops an execution; with `discard` it also ceases to be ours. */
  cancel({ executionId, jobId, force, discard }: CancelJobCommand): void {
    const command = this.current;
    const matches =
      executionId === "" ? command?.runId === jobId : command?.executionId === executionId;
    if (discard) this.lose(executionId);
    else if (matches) this.#stop("Cancelled", force);
  }

  /** The execution belongs to somebody else now: kill it and forget it. */
  lose(executionId: string): void {
    const current = this.#current;
    if (current?.command.executionId === executionId) {
      this.#log(current.command).warn("execution lost");
      current.discarded = true;
      if (current.running === null) this.#settle(current);
      else current.running.execution.stop("Cancelled", 0);
    }
    void this.#options.reporter.forget(executionId);
  }

  /** Takes no more; what is held is finished. */
  drain(): void {
    this.#draining = true;
  }

  /** The worker itself must leave: nothing new, and what is held ends now. */
  leave(): void {
    this.#draining = true;
    const current = this.#current;
    if (current === null) return;
    if (current.running !== null) this.#stop("Drained", false);
    else {
      this.#options.send(refuseMessage(current.command, "the worker is leaving"));
      this.#settle(current);
    }
  }

  /** Kills everything at once, without a result; synchronous, for the last moment of the agent. */
  kill(): void {
    if (this.#current === null) return;
    this.#current.discarded = true;
    this.#current.running?.execution.kill();
  }

  /** Chunks were acknowledged: a process that was held up may go on. */
  resumeOutput(): void {
    this.#current?.running?.pump.resume();
  }

  #refusal(executionId: string): string | null {
    if (this.#settled.has(executionId)) return "this execution is over";
    if (this.#draining) return "the worker is draining";
    // With its result sent, an execution may be recorded, and a next command overtake the answer.
    return this.#current !== null || this.#options.reporter.hasUnsent ? "the worker is busy" : null;
  }

  #stop(reason: "Cancelled" | "Drained", force: boolean): void {
    const current = this.#current!;
    if (current.running !== null) {
      current.running.execution.stop(reason, force ? 0 : current.command.graceMs);
      return;
    }
    this.#finish(current, outcomeBeforeStart(reason), null);
  }

  async #run(current: Current): Promise<void> {
    const { command } = current;
    const { store, logs, agentEnv, tools, mayStart, execute } = this.#options;
    const ring = new LogRing(command.executionId, command.fence, {
      ringBytesMax: limits.logRingBytesMax,
      logBytesMax: command.logBytesMax,
    });
    const pump = new OutputPump(ring, limits.logChunkBytesMax, () => logs.pump());
    const scratchDir = store.scratchDir(command.executionId);
    const execution = execute({ command, scratchDir, pump, agentEnv, mayStart, tools: tools() });
    current.running = { execution, pump };
    this.#lastRunId = command.runId;
    logs.add(ring);
    await store.markStarted(command).catch((error: unknown) => {
      this.#log(command).warn({ err: error }, "the start could not be noted on disk");
    });
    this.#log(command).info("execution starts");
    const outcome = await execution.run();
    this.#log(command).info({ outcome }, "execution ended");
    this.#finish(current, outcome, ring);
    await execution.clear().catch((error: unknown) => {
      this.#log(command).warn({ err: error }, "scratch files are left behind");
    });
  }

  #finish(current: Current, outcome: Outcome, ring: LogRing | null): void {
    const { reporter, logs, store } = this.#options;
    const { command } = current;
    if (current.discarded) {
      if (ring !== null) logs.remove(ring);
      void store.forget(command.executionId).catch(() => undefined);
    } else {
      void reporter.report(resultOf(command, outcome, ring?.lastSeq ?? 0), ring);
    }
    this.#settle(current);
  }

  #settle(current: Current): void {
    if (this.#current === current) this.#current = null;
    this.#settled.add(current.command.executionId);
    for (const oldest of this.#settled) {
      if (this.#settled.size <= SETTLED_MAX) break;
      this.#settled.delete(oldest);
    }
    this.#options.onIdle();
  }

  #log({ runId, executionId, attempt, fence }: JobCommand): Logger {
    return this.#options.log.child({ runId, executionId, attempt, fence });
  }
}

function resultOf(command: JobCommand, outcome: Outcome, logLastSeq: number): AttemptResult {
  const { executionId, fence, runId } = command;
  const completedAt = new Date().toISOString();
  return { ...outcome, executionId, fence, runId, resultId: randomUUID(), logLastSeq, completedAt };
}
