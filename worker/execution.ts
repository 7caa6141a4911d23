import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import type { Outcome, StopReason } from "./attempt-result.ts";
import { jobEnvironment } from "./environment.ts";
import type { JobCommand } from "./job-command.ts";
import type { JobToolsPlace } from "./job-tools.ts";
import { startTimer } from "./long-timer.ts";
import { oomKillCount } from "./memory-events.ts";
import {
  outcomeBeforeStart,
  outcomeOfExit,
  outcomeOfStartFailure,
  type ProcessExit,
} from "./outcome.ts";
import type { OutputPump } from "./output-pump.ts";
import { killEscapees, killRestOfContainer, signalGroup } from "./process-group.ts";
import { clearWorkplace, prepareWorkplace, type Workplace } from "./workplace.ts";

/** How long a background process may go on writing after the main process has ended. */
const OUTPUT_GRACE_MS = 1_000;
/** How long the rest of the output may take once everybody is killed. */
const OUTPUT_REST_MS = 2_000;

export interface ExecutionOptions {
  readonly command: JobCommand;
  readonly scratchDir: string;
  readonly pump: OutputPump;
  /** The agent's own environment; the job sees an allow-list of it. */
  readonly agentEnv: Readonly<Record<string, string | undefined>>;
  readonly tools: JobToolsPlace | null;
  /** Asked right before the process is made: the worker may have been frozen since it was told to start. */
  readonly mayStart: () => boolean;
}

/** How a command becomes a process. */
export type Execute = (
  options: ExecutionOptions,
) => Pick<Execution, "run" | "stop" | "kill" | "clear">;

export const execute: Execute = (options) => new Execution(options);

/**
 * One process of the user's, from spawn to the last byte of its output.
 *
 * It leads a process group of its own. When it ends, for whatever reason, everybody it left behind
 * is killed: nothing of an attempt runs on after the attempt is over.
 */
export class Execution {
  readonly #options: ExecutionOptions;
  #child: ChildProcess | null = null;
  #exited = false;
  #stop: StopReason | null = null;
  #killed = false;
  #timers: (() => void)[] = [];

  constructor(options: ExecutionOptions) {
    this.#options = options;
  }

  /** Runs the command to its end. Never throws: what goes wrong is an outcome. */
  async run(): Promise<Outcome> {
    const { command, scratchDir, pump } = this.#options;
    const oomKillsBefore = oomKillCount();
    try {
      const workplace = await prepareWorkplace(command, scratchDir);
      if (this.#stop !== null) return outcomeBeforeStart(this.#stop);
      if (this.#killed || !this.#options.mayStart()) return outcomeBeforeStart("Drained");
      const child = this.#spawn(workplace);
      const exited = exitOf(child, () => this.#noteExit());
      const outputEnded = pump.attach(child.stdout!, child.stderr!);
      const exit = await exited;
      await this.#settle(outputEnded);
      const oomKilled = oomKillCount() > oomKillsBefore;
      return outcomeOfExit({ exit, stop: this.#stop, oomKilled });
    } catch (error) {
      return outcomeOfStartFailure(error);
    } finally {
      this.#noteExit();
      pump.finish();
    }
  }

  /**
   * Asks the process group to end: SIGTERM, and SIGKILL after `graceMs`. The first reason is the
   * one that is reported; a later call may only shorten the wait. Nothing happens once the main
   * process has ended by itself.
   */
  stop(reason: StopReason, graceMs: number): void {
    if (this.#exited) return;
    const first = this.#stop === null;
    this.#stop ??= reason;
    if (graceMs <= 0) this.kill();
    else {
      if (first) this.#signal("SIGTERM");
      this.#timers.push(startTimer(graceMs, () => this.kill()));
    }
  }

  /** SIGKILL to everybody, now and synchronously: also fit for the last moment of the agent. */
  kill(): void {
    this.#killed = true;
    this.#signal("SIGKILL");
    if (this.#child === null) return;
    killEscapees(this.#options.command.executionId);
    killRestOfContainer();
  }

  /** Removes what the attempt left on disk. */
  clear(): Promise<void> {
    return clearWorkplace(this.#options.scratchDir);
  }

  #spawn({ file, args, cwd, parametersFile }: Workplace): ChildProcess {
    const { command, agentEnv, tools } = this.#options;
    const child = spawn(file, args, {
      cwd,
      env: jobEnvironment(agentEnv, command, { parametersFile, tools }),
      detached: true, // a process group of its own
      stdio: [command.stdin === null ? "ignore" : "pipe", "pipe", "pipe"],
    });
    this.#child = child;
    // A process may end without reading its input.
    child.stdin?.on("error", () => undefined).end(command.stdin);
    this.#armLimits(command);
    return child;
  }

  #armLimits({ timeoutMs, deadlineAt, graceMs }: JobCommand): void {
    if (timeoutMs !== null) {
      this.#timers.push(startTimer(timeoutMs, () => this.stop("Timeout", graceMs)));
    }
    if (deadlineAt !== null) {
      const leftMs = Math.max(0, deadlineAt - performance.now());
      this.#timers.push(startTimer(leftMs, () => this.stop("Deadline", graceMs)));
    }
  }

  /** The main process is gone: lets its output end, then ends whoever is left. */
  async #settle(outputEnded: Promise<void>): Promise<void> {
    await within(OUTPUT_GRACE_MS, outputEnded);
    this.kill();
    this.#options.pump.resumeUnbounded();
    await within(OUTPUT_REST_MS, outputEnded);
  }

  #noteExit(): void {
    this.#exited = true;
    for (const cancel of this.#timers.splice(0)) cancel();
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#child?.pid !== undefined) signalGroup(this.#child.pid, signal);
  }
}

function exitOf(child: ChildProcess, onExit: () => void): Promise<ProcessExit> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      onExit();
      resolve({ code, signal });
    });
  });
}

async function within(ms: number, event: Promise<void>): Promise<void> {
  const timer = new AbortController();
  await Promise.race([event, delay(ms, undefined, { signal: timer.signal }).catch(() => {})]);
  timer.abort();
}
