/**
 * The manual calls of the original's API: a caller says what became of a run that a worker of its own
 * has. Deprecated (docs/reference/deprecations.md): workers report on their streams. They make and move
 * attempts that are marked `manual`, and never touch one that a worker of this install has.
 */
import { DomainError } from "#core/domain/errors.ts";
import type { AttemptEnd } from "#core/domain/job-run/after-attempt.ts";
import { limits } from "#core/domain/limits.ts";
import { misfits } from "#core/domain/worker/fit.ts";
import type { ControlStore } from "#core/ports/control-store.ts";
import type { EndedManually, ManualContext, Progress } from "#core/ports/manual-attempts.ts";
import type { RunReader } from "#core/ports/run-reader.ts";
import type { Wake } from "#core/ports/wake.ts";
import { closingOf } from "./close-attempt.ts";

export interface ManualDeps {
  readonly store: ControlStore;
  readonly reader: Pick<RunReader, "run">;
  readonly wake: Wake;
  readonly newId: () => string;
  readonly random: () => number;
  /** The gateway that is asked. */
  readonly gatewayId: string;
  /** Who asks; null = nobody was asked who they are. */
  readonly by: string | null;
}

/** Which execution is meant; the run, when it is named, must be its own. */
export interface NamedExecution {
  readonly executionId: string;
  readonly runId: string | null;
}

/** What a job wrote, to be kept as its output. */
export interface ManualOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Puts a waiting run on a worker of the caller's choice: one of this install, which is told as after
 * any placement, or one that this install knows nothing of. Answers the id of the execution. Throws
 * RunNotFound, AlreadyFinished, and Conflict where it cannot be put there now.
 */
export async function assignByHand(
  { store, reader, newId, gatewayId, by }: ManualDeps,
  runId: string,
  workerId: string,
): Promise<string> {
  const view = await store.assignmentView(runId, workerId);
  if (!view) throw new DomainError("RunNotFound", `run ${runId} does not exist`);
  const executionId = newId();
  const { fence, offer, placement } = view;
  if (offer && placement.dedicatedWorker)
    throw conflict(`run ${runId} asks for a worker of its own, which is made for it`);
  if (offer) refuseMisfit(workerId, misfits(placement, offer));
  const assigned = offer
    ? (await store.assignRuns([{ runId, fence, workerId, executionId }], gatewayId, { by }))[0]
    : await store.assignManually({ runId, workerId, executionId }, by);
  if (assigned) return executionId;
  const run = await reader.run(runId);
  if (!run) throw new DomainError("RunNotFound", `run ${runId} does not exist`);
  if (run.finishedAt !== null)
    throw new DomainError("AlreadyFinished", `run ${runId} is ${run.phase} already`);
  if (run.phase !== "Pending") throw conflict(`run ${runId} is ${run.phase}, a worker has it`);
  throw conflict(`run ${runId} waits (${run.reason}), or worker ${workerId} cannot take it now`);
}

function refuseMisfit(workerId: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw conflict(`worker ${workerId} does not fit: ${problems.join("; ")}`);
}

/** Says that a manual execution began. A repeat is harmless. */
export async function startByHand(deps: ManualDeps, named: NamedExecution): Promise<void> {
  const context = await liveContext(deps, named);
  await start(deps, context);
}

/** Keeps how far a manual execution has come. */
export async function progressByHand(
  deps: ManualDeps,
  named: NamedExecution,
  progress: Progress,
): Promise<void> {
  const { executionId } = await liveContext(deps, named);
  if (!(await deps.store.noteProgress(executionId, progress))) throw hasEnded(executionId);
}

/**
 * Says how a manual execution ended, and keeps what it wrote. The run succeeds or is tried again as
 * after the same end on a worker. One that was not started yet starts here. The same end again is
 * harmless.
 */
export async function endByHand(
  deps: ManualDeps,
  named: NamedExecution,
  end: AttemptEnd,
  output: ManualOutput = { stdout: "", stderr: "" },
): Promise<void> {
  const given = await manualContext(deps, named);
  if (given.ended && (given.phase === "Succeeded") === (end.failure === null)) return;
  if (given.ended) throw hasEnded(named.executionId);
  await start(deps, given);
  const context = { ...given, phase: "Running" as const };
  const logLastSeq = await keepOutput(deps, context, output);
  const { runId, executionId } = context;
  const closing = closingOf(context, end, deps.random());
  const manualEnd = { runId, executionId, logLastSeq, ...closing };
  const ended = await deps.store.endManually(manualEnd, deps.by);
  if (!ended) throw hasEnded(executionId);
  await lookAgain(deps.wake, ended);
}

async function lookAgain(wake: Wake, { phase, waitMs }: EndedManually): Promise<void> {
  if (phase === "Pending") await wake.wake(waitMs);
}

async function start({ store, by }: ManualDeps, { executionId }: ManualContext): Promise<void> {
  if (!(await store.startManually(executionId, by))) throw hasEnded(executionId);
}

/** Pieces of a chunk's size, stored before the end, as a worker's are. Answers the last number. */
async function keepOutput(
  { store }: ManualDeps,
  { executionId, fence, workerId }: ManualContext,
  { stdout, stderr }: ManualOutput,
): Promise<number> {
  const pieces = [
    ...piecesOf(stdout).map((data) => ({ data, stderr: false })),
    ...piecesOf(stderr).map((data) => ({ data, stderr: true })),
  ];
  const atMs = Date.now();
  const source = { executionId, fence, workerId, atMs, droppedBytes: null, droppedLines: null };
  await store.appendLogs(pieces.map((piece, at) => ({ ...source, ...piece, seq: at + 1 })));
  return pieces.length;
}

function piecesOf(text: string): Uint8Array[] {
  const bytes = new TextEncoder().encode(text);
  const count = Math.ceil(bytes.length / limits.logChunkBytesMax);
  return Array.from({ length: count }, (_, at) =>
    bytes.subarray(at * limits.logChunkBytesMax, (at + 1) * limits.logChunkBytesMax),
  );
}

async function liveContext(deps: ManualDeps, named: NamedExecution): Promise<ManualContext> {
  const context = await manualContext(deps, named);
  if (context.ended) throw hasEnded(named.executionId);
  return context;
}

async function manualContext(
  { store }: ManualDeps,
  { executionId, runId }: NamedExecution,
): Promise<ManualContext> {
  const context = await store.manualAttempt(executionId);
  if (!context) throw new DomainError("RunNotFound", `execution ${executionId} does not exist`);
  if (runId !== null && runId !== context.runId)
    throw conflict(`execution ${executionId} is not one of job ${runId}`);
  if (context.manual) return context;
  throw conflict(
    `execution ${executionId} belongs to worker ${context.workerId}, which reports on its stream`,
  );
}

const conflict = (message: string): DomainError => new DomainError("Conflict", message);

const hasEnded = (executionId: string): DomainError =>
  conflict(`execution ${executionId} has ended, or is not the newest of its job`);
