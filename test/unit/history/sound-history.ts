import { createHash } from "node:crypto";
import { AttemptEnd } from "#proto/hodei.ts";
import type { Entry, Row, RunView, StreamMessage, Table, What } from "../../history/entry.ts";

/** Chance, in [0, 1). */
type Chance = () => number;

export interface SoundOptions {
  readonly runs: number;
  readonly draw: Chance;
  readonly backoffLimit?: number;
}

type Outcome = "succeeds" | "fails" | "is lost" | "is stopped";

interface RunState {
  readonly id: string;
  readonly key: string;
  readonly label: string;
}

const NO_ANSWER = { code: null, submitted: [], runs: [], log: null } as const;

/**
 * A history as the platform makes it when all is well: submits, attempts that succeed, fail, are lost
 * or stopped, their output, and a rest at the end. Small enough to be read, and true to the protocol.
 */
export function soundHistory({ runs, draw, backoffLimit = 1 }: SoundOptions): Entry[] {
  const world = new World(draw, backoffLimit);
  for (let n = 1; n <= runs; n += 1) world.run(n);
  world.rest();
  return world.entries;
}

/** A run that fails once and then succeeds, and one that is lost once: something for every rule. */
export const standardHistory = (): Entry[] => {
  const world = new World(() => 0.45, 1);
  world.run(1, ["fails", "succeeds"]);
  world.run(2, ["is lost", "succeeds"]);
  world.run(3, ["is stopped"]);
  world.rest();
  return world.entries;
};

class World {
  readonly entries: Entry[] = [];
  readonly #draw: Chance;
  readonly #backoffLimit: number;
  readonly #rows = new Map<string, Row>();
  #seq = 0;
  #calls = 0;
  #streams = 0;
  #workers = 0;
  #epoch = 0;
  #clock = 1_000_000;

  constructor(draw: Chance, backoffLimit: number) {
    this.#draw = draw;
    this.#backoffLimit = backoffLimit;
    this.#row("control", "control", { launch_epoch: 0, scheduler_version: 0 });
  }

  run(n: number, outcomes: readonly Outcome[] = this.#outcomes()): void {
    const run: RunState = { id: `run-${n}`, key: `key-${n}`, label: `r${n}` };
    const twice = this.#draw() < 0.3;
    const first = this.#call("POST", "/v1/runs", [run.key]);
    this.#row("run", run.id, {
      ...{ id: run.id, phase: "Pending", reason: null, fence: 0, event_seq: 1, exit_code: null },
      ...{ verdict_phase: null, idempotency_key: run.key, blocked_by: null, finished_at: null },
      ...{ backoffLimit: this.#backoffLimit, replacement: "AfterGone" },
    });
    if (twice) this.#add({ kind: "answer", call: first, status: null, ...NO_ANSWER });
    else this.#answer(first, 201, [run.id], run);
    if (twice) this.#answer(this.#call("POST", "/v1/runs", [run.key]), 200, [run.id], run);
    for (const [at, outcome] of outcomes.entries()) this.#attempt(run, at + 1, outcome);
    this.#end(run, outcomes.at(-1) ?? "succeeds");
    this.#look(run);
    this.#readLog(run);
    this.#look(run);
  }

  rest(): void {
    this.#add({ kind: "rest" });
  }

  /** Failures within the limit, any number of losses, then an end. */
  #outcomes(): Outcome[] {
    const before: Outcome[] = [];
    if (this.#draw() < 0.4 && this.#backoffLimit > 0) before.push("fails");
    if (this.#draw() < 0.3) before.push("is lost");
    return [...before, this.#draw() < 0.2 ? "is stopped" : "succeeds"];
  }

  #attempt(run: RunState, fence: number, outcome: Outcome): void {
    const worker = this.#worker();
    const execution = `execution-${run.label}-${fence}`;
    const key = `${run.id}/${fence}`;
    this.#change("run", run.id, { phase: "Assigned", fence, event_seq: this.#next(run) });
    this.#row("attempt", key, {
      ...{ run_id: run.id, fence, execution_id: execution, worker_id: worker.id },
      ...{ phase: "Assigned", failure: null, exit_code: null, result_id: null },
      ...{ log_last_seq: null, started_at: null, ended_at: null },
    });
    this.#change("worker", worker.id, { phase: "Busy", run_id: run.id, run_fence: fence });
    const say = (what: StreamMessage["what"], more: Partial<StreamMessage> = {}) =>
      this.#message(worker.stream, what, { executionId: execution, fence, ...more });
    say("runJob");
    say("accept");
    this.#change("run", run.id, { phase: "Running", event_seq: this.#next(run) });
    this.#change("attempt", key, { phase: "Running", started_at: this.#tick() });
    say("start");
    this.#witness("start", run, fence);
    if (this.#draw() < 0.5) this.#look(run);
    this.#output(run, { fence, execution, pieces: 1 + Math.floor(this.#draw() * 3) });
    if (outcome === "is lost") this.#lose(run, key, worker.id);
    else this.#finish(run, { key, fence, execution, worker, outcome });
  }

  #finish(
    run: RunState,
    of: {
      readonly key: string;
      readonly fence: number;
      readonly execution: string;
      readonly worker: { readonly id: string; readonly stream: number };
      readonly outcome: Outcome;
    },
  ): void {
    const { key, fence, execution, worker, outcome } = of;
    const isStopped = outcome === "is stopped";
    if (isStopped) {
      const cancel = this.#call("POST", `/v1/runs/${run.id}/cancel`, []);
      this.#change("run", run.id, { verdict_phase: "Cancelled", event_seq: this.#next(run) });
      this.#answer(cancel, 202, [], run);
    } else this.#witness("end", run, fence);
    const exitCode = outcome === "succeeds" ? 0 : isStopped ? 143 : 1;
    const resultId = `result-of-${execution}`;
    const end = isStopped ? AttemptEnd.ATTEMPT_END_CANCELLED : AttemptEnd.ATTEMPT_END_EXITED;
    const about = { executionId: execution, resultId };
    this.#message(worker.stream, "result", { ...about, fence, exitCode, end });
    this.#change("attempt", key, {
      phase: outcome === "succeeds" ? "Succeeded" : isStopped ? "Stopped" : "Failed",
      failure: outcome === "succeeds" ? null : isStopped ? "stopped" : "app",
      ...{ exit_code: exitCode, result_id: resultId, ended_at: this.#tick() },
      log_last_seq: this.#pieces(run, fence),
    });
    if (outcome === "fails")
      this.#change("run", run.id, { phase: "Pending", event_seq: this.#next(run) });
    else this.#change("run", run.id, this.#ending(run, outcome));
    this.#message(worker.stream, "resultAck", { ...about, verdict: "accepted" });
    this.#leave(worker.id);
  }

  #lose(run: RunState, key: string, workerId: string): void {
    this.#add({ kind: "fault", name: "kill a worker", detail: workerId });
    this.#change("attempt", key, {
      ...{ phase: "Lost", failure: "worker-lost", ended_at: this.#tick() },
    });
    this.#change("run", run.id, { phase: "Pending", event_seq: this.#next(run) });
    this.#leave(workerId);
  }

  #ending(run: RunState, outcome: Outcome): Row {
    const succeeded = outcome === "succeeds";
    return {
      phase: succeeded ? "Succeeded" : "Cancelled",
      reason: succeeded ? "Completed" : "CancelledByUser",
      exit_code: succeeded ? 0 : 143,
      ...{ finished_at: this.#tick(), event_seq: this.#next(run) },
    };
  }

  #end(run: RunState, outcome: Outcome): void {
    if (outcome === "fails") this.#change("run", run.id, this.#ending(run, outcome));
  }

  #worker(): { id: string; stream: number } {
    this.#workers += 1;
    const id = `worker-${this.#workers}`;
    const machine = `machine-${this.#workers}`;
    this.#epoch += 1;
    this.#change("control", "control", { launch_epoch: this.#epoch });
    this.#row("worker", id, {
      ...{ id, phase: "Creating", external_id: null, session_sha256: null, session_epoch: 0 },
      ...{ run_id: null, run_fence: null, terminated_at: null },
    });
    this.#add({ kind: "machine", machineId: machine, workerId: id, live: true });
    this.#change("worker", id, { external_id: machine });
    const registration = this.#stream();
    const asked = { workerId: id, sessionSha256: `digest-${id}` };
    this.#message(registration, "register", asked);
    this.#change("worker", id, { phase: "Connecting", session_sha256: `digest-${id}` });
    this.#message(registration, "registered", { workerId: id, success: true });
    this.#change("worker", id, { phase: "Ready", session_epoch: 1 });
    return { id, stream: this.#stream() };
  }

  #leave(id: string): void {
    const machine = this.#rows.get(`worker ${id}`)?.external_id;
    this.#change("worker", id, {
      ...{ phase: "Terminated", run_id: null, run_fence: null, terminated_at: this.#tick() },
    });
    this.#add({ kind: "machine", machineId: String(machine), workerId: id, live: false });
  }

  #output(run: RunState, of: { fence: number; execution: string; pieces: number }): void {
    const { fence, execution, pieces } = of;
    const stream = this.#stream();
    for (let seq = 1; seq <= pieces; seq += 1) {
      const md5 = createHash("md5").update(`${execution} ${seq}`).digest("hex");
      const lines = seq === 1 ? 10 - pieces + 1 : 1;
      this.#message(stream, "log", { executionId: execution, fence, seq, md5 });
      const key = `${run.id}/${fence}/${seq}`;
      this.#row("log_chunk", key, { run_id: run.id, fence, seq, md5, lines, truncated: false });
    }
    this.#message(stream, "logAck", { executionId: execution, fence, seq: pieces, refused: false });
  }

  #pieces(run: RunState, fence: number): number {
    let seq = 0;
    while (this.#rows.has(`log_chunk ${run.id}/${fence}/${seq + 1}`)) seq += 1;
    return seq;
  }

  #look(run: RunState): void {
    this.#answer(this.#call("GET", `/v1/runs/${run.id}`, []), 200, [], run);
  }

  #readLog(run: RunState): void {
    const fence = Number(this.#rows.get(`run ${run.id}`)?.fence);
    const call = this.#call("GET", `/v1/runs/${run.id}/logs`, []);
    const pieces = Array.from({ length: fence }, (_, at) => at + 1).flatMap((attempt) =>
      Array.from({ length: this.#pieces(run, attempt) }, (_, at) => ({ attempt, seq: at + 1 })),
    );
    const last = pieces.at(-1);
    const log = { runId: run.id, pieces, next: `${last?.attempt}.${last?.seq}`, complete: true };
    this.#add({ kind: "answer", call, status: 200, ...NO_ANSWER, log });
  }

  #call(method: string, path: string, keys: readonly string[]): number {
    this.#calls += 1;
    this.#add({ kind: "call", call: this.#calls, method, path, keys });
    return this.#calls;
  }

  #answer(call: number, status: number, submitted: readonly string[], run: RunState): void {
    const row = this.#rows.get(`run ${run.id}`) ?? {};
    const view: RunView = {
      ...{ id: run.id, phase: String(row.phase), reason: row.reason as string | null },
      ...{ exitCode: row.exit_code as number | null, attempts: Number(row.fence) },
      stopping: row.verdict_phase !== null && row.finished_at === null,
      ...{ witness: true, lines: 10 },
    };
    this.#add({ kind: "answer", call, status, code: null, submitted, runs: [view], log: null });
  }

  #message(stream: number, what: StreamMessage["what"], more: Partial<StreamMessage>): void {
    this.#add({ ...more, kind: "message", stream, what });
  }

  #witness(event: string, run: RunState, fence: number): void {
    this.#add({ kind: "witness", event, runId: run.id, fence, atMs: this.#tick() });
  }

  #row(table: Table, key: string, row: Row): void {
    this.#seq += 1;
    this.#rows.set(`${table} ${key}`, row);
    this.#add({ kind: "row", seq: this.#seq, table, old: null, new: row });
  }

  #change(table: Table, key: string, change: Row): void {
    const old = this.#rows.get(`${table} ${key}`);
    if (!old) throw new Error(`no row ${table} ${key}`);
    const { backoffLimit: _limit, replacement: _when, ...before } = old;
    const after: Row = { ...before, ...change };
    this.#seq += 1;
    this.#rows.set(`${table} ${key}`, after);
    this.#add({ kind: "row", seq: this.#seq, table, old: before, new: after });
  }

  #next({ id }: RunState): number {
    return Number(this.#rows.get(`run ${id}`)?.event_seq) + 1;
  }

  #stream(): number {
    this.#streams += 1;
    return this.#streams;
  }

  #tick(): number {
    this.#clock += 100;
    return this.#clock;
  }

  #add(what: What): void {
    this.entries.push({ n: this.entries.length + 1, ms: this.#clock, ...what });
  }
}
