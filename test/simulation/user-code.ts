import { PassThrough } from "node:stream";
import type { Outcome, StopReason } from "../../worker/attempt-result.ts";
import type { ExecutionOptions } from "../../worker/execution.ts";
import type { JobCommand } from "../../worker/job-command.ts";
import { outcomeOfExit } from "../../worker/outcome.ts";
import { VirtualProcess } from "./timeline.ts";
import type { World } from "./world.ts";

/** What a job of the simulation does, told to it in its environment. */
export interface JobPlan {
  /** Of each attempt, the last one's for all that follow. */
  readonly exitCodes: readonly number[];
  readonly runsMs: number;
  /** Lines that it prints, spread over its time. */
  readonly lines: number;
  /** It goes on after SIGTERM, until it is killed. */
  readonly stubborn: boolean;
  readonly replacement: "AfterGone" | "AfterLost";
}

export const PLAN_VARIABLE = "SIMULATED_JOB";

/** The user's process: in place of one of the operating system's. */
export class UserCode {
  readonly process: VirtualProcess;
  readonly command: JobCommand;
  readonly over: Promise<void>;
  readonly #world: World;
  readonly #options: ExecutionOptions;
  readonly agent: VirtualProcess;
  readonly #plan: JobPlan;
  readonly #ended = Promise.withResolvers<Outcome>();
  readonly #stdout = new PassThrough();
  readonly #isOver = Promise.withResolvers<void>();
  #stop: StopReason | null = null;
  #hasEnded = false;

  constructor(world: World, agent: VirtualProcess, options: ExecutionOptions) {
    this.#world = world;
    this.agent = agent;
    this.#options = options;
    this.command = options.command;
    this.over = this.#isOver.promise;
    this.#plan = JSON.parse(options.command.env[PLAN_VARIABLE] ?? "null") as JobPlan;
    this.process = new VirtualProcess(`job of ${agent.name}`);
  }

  /** To the last byte of its output. */
  async run(): Promise<Outcome> {
    const { pump, command } = this.#options;
    this.#world.witness.started(this, this.#plan);
    const { runsMs, lines } = this.#plan;
    const { timeline } = this.#world;
    const stderr = new PassThrough();
    const outputEnded = pump.attach(this.#stdout, stderr);
    stderr.destroy();
    for (let line = 1; line <= lines; line += 1)
      timeline.after((runsMs * line) / (lines + 1), this.process, () => this.#print(line));
    timeline.after(runsMs, this.process, () => this.#exits(this.#exitCode()));
    if (command.timeoutMs !== null)
      setTimeout(() => this.stop("Timeout", command.graceMs), command.timeoutMs);
    const outcome = await this.#ended.promise;
    await outputEnded;
    pump.finish();
    return outcome;
  }

  stop(reason: StopReason, graceMs: number): void {
    if (this.#hasEnded) return;
    this.#stop ??= reason;
    if (graceMs <= 0) this.kill();
    else if (!this.#plan.stubborn) this.#exits(143);
    else setTimeout(() => this.kill(), graceMs);
  }

  kill(): void {
    this.#exits(null);
  }

  async clear(): Promise<void> {}

  /** Its machine is gone; nobody hears of it. */
  vanish(exitCode: number | null = null): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.process.kill();
    this.#world.witness.ended(this, exitCode);
    this.#isOver.resolve();
  }

  /** Into the pipe; the agent reads when it runs. */
  #print(line: number): void {
    this.#world.timeline.after(0, this.agent, () => void this.#stdout.write(`${line}\n`));
  }

  #exitCode(): number {
    const { exitCodes } = this.#plan;
    return exitCodes[Math.min(this.command.attempt, exitCodes.length) - 1] ?? 0;
  }

  /** The agent learns of it when it runs: it may be frozen. `null` = killed. */
  #exits(code: number | null): void {
    if (this.#hasEnded) return;
    const { timeline } = this.#world;
    this.#world.note(this.process.name, `ends with ${code ?? "SIGKILL"}`);
    this.vanish(code);
    timeline.after(0.001, this.agent, () => {
      this.#stdout.end();
      const signal = code === null ? ("SIGKILL" as const) : null;
      const exit = { code, signal };
      this.#ended.resolve(outcomeOfExit({ exit, stop: this.#stop, oomKilled: false }));
    });
  }
}
