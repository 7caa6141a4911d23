import { type LogChunkAck, ResultVerdict, type ServerMessage } from "#proto/hodei.ts";
import type { JobPlan, UserCode } from "./user-code.ts";
import type { World } from "./world.ts";

export interface Finding {
  readonly invariant: string;
  readonly detail: string;
}

/** What was seen from outside of the platform; its rows are held against it. */
export class Witness {
  readonly #world: World;
  readonly #machines = new Map<string, string>();
  readonly #sessions = new Map<string, string>();
  readonly #starts = new Set<string>();
  readonly running = new Set<UserCode>();
  /** Executions whose code ended by itself with 0. */
  readonly succeeded = new Set<string>();
  /** Of each key, the run that a client was told. */
  readonly runs = new Map<string, string>();
  readonly cancels = new Map<string, string>();
  /** Of each execution, the last piece of output that was acknowledged. */
  readonly outputs = new Map<string, number>();
  /** Of each execution, the result that was acknowledged as recorded. */
  readonly results = new Map<string, string>();

  constructor(world: World) {
    this.#world = world;
  }

  launched(workerId: string, externalId: string): void {
    const other = this.#machines.get(workerId);
    this.#machines.set(workerId, externalId);
    if (other !== undefined && other !== externalId)
      this.#find(
        "one-machine-per-worker",
        `${this.#world.nameOf(workerId)} has ${other}, ${externalId}`,
      );
  }

  registered(workerId: string, session: string): void {
    const other = this.#sessions.get(workerId);
    this.#sessions.set(workerId, session);
    if (other !== undefined && other !== session)
      this.#find("token-of-one-session", this.#world.nameOf(workerId));
  }

  started(code: UserCode, plan: JobPlan): void {
    const { executionId, runId, fence } = code.command;
    this.#world.note(code.process.name, `starts for run ${runId} at fence ${fence}`);
    if (this.#starts.has(executionId)) this.#find("code-starts-once", executionId);
    this.#starts.add(executionId);
    for (const other of this.running)
      if (other.command.runId === runId && plan.replacement === "AfterGone")
        this.#find("after-gone-never-overlaps", `run ${runId} at fence ${fence}`);
    this.running.add(code);
    this.#world.lookAtStart(executionId);
  }

  ended(code: UserCode, exitCode: number | null): void {
    this.running.delete(code);
    if (exitCode === 0) this.succeeded.add(code.command.executionId);
  }

  acknowledged(key: string, runId: string): void {
    const other = this.runs.get(key);
    this.runs.set(key, runId);
    if (other !== undefined && other !== runId) this.#find("one-run-per-key", key);
  }

  cancelled(runId: string, phase: string): void {
    this.cancels.set(runId, phase);
  }

  outputAcknowledged({ executionId, seq, refused }: LogChunkAck): void {
    if (refused) return;
    this.outputs.set(executionId, Math.max(seq, this.outputs.get(executionId) ?? 0));
  }

  /** What a gateway says on a control stream. */
  said({ payload }: ServerMessage): void {
    if (payload?.$case !== "resultAck") return;
    const { executionId, resultId, verdict } = payload.value;
    if (verdict === ResultVerdict.RESULT_VERDICT_ACCEPTED) this.results.set(executionId, resultId);
  }

  #find(invariant: string, detail: string): void {
    this.#world.found({ invariant, detail });
  }
}
