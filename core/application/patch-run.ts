import { DomainError } from "#core/domain/errors.ts";
import type { ControlStore } from "#core/ports/control-store.ts";
import type { RunPatch } from "#core/ports/run-changes.ts";
import type { RunDetail, RunReader } from "#core/ports/run-reader.ts";
import type { Wake } from "#core/ports/wake.ts";

export interface PatchDeps {
  readonly store: Pick<ControlStore, "patchRuns">;
  readonly reader: Pick<RunReader, "run">;
  readonly wake: Wake;
}

/** What is asked to change; null = stays as it is. */
export type RunChange = Omit<RunPatch, "runId">;

/** How often a patch looks again when the run moves under its hands. */
const TRIES = 5;

/**
 * Changes the priority of a waiting run, or suspends or resumes it. Asking for what it is already is
 * harmless, also when it was placed since. `by`: who asked. Throws RunNotFound, AlreadyFinished, and Conflict for a run
 * that a worker has.
 */
export async function patchRun(
  { store, reader, wake }: PatchDeps,
  runId: string,
  change: RunChange,
  by: string | null,
): Promise<RunDetail> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const [patched] = await store.patchRuns([{ runId, ...change }], by);
    if (patched && patched.dueInMs !== null) await wake.wake(patched.dueInMs);
    const run = await reader.run(runId);
    if (!run) throw new DomainError("RunNotFound", `run ${runId} does not exist`);
    if (patched) return run;
    if (run.finishedAt !== null)
      throw new DomainError("AlreadyFinished", `run ${runId} is ${run.phase} already`);
    if (isAsAsked(run, change)) return run;
    if (run.phase !== "Pending") throw notWaiting(run);
  }
  throw new DomainError("StoreUnavailable", "the run is moving; try again");
}

const isAsAsked = (run: RunDetail, { priority, suspend }: RunChange): boolean =>
  (priority === null || run.priority === priority) &&
  (suspend === null || (run.reason === "Suspended") === suspend);

const notWaiting = ({ id, phase, workerId }: RunDetail): DomainError =>
  new DomainError(
    "Conflict",
    `run ${id} is ${phase}: worker ${workerId} has it, and only a waiting run can be changed. To stop it, cancel it`,
  );
