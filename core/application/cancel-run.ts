import { DomainError } from "#core/domain/errors.ts";
import type { ControlStore } from "#core/ports/control-store.ts";
import type { RunReader } from "#core/ports/run-reader.ts";
import type { CancelOutcome } from "./operations.ts";

export interface CancelDeps {
  readonly store: ControlStore;
  readonly reader: RunReader;
}

/** How often a cancel looks again when the run moves under its hands. */
const TRIES = 5;

/**
 * Asks for a run to be cancelled. The first commit wins: when the run finished before, the caller
 * learns AlreadyFinished; a cancel that is stored makes the run Cancelled whatever its attempt
 * reports later. Cancelling twice is harmless. `by`: who asked.
 */
export async function cancelRun(
  deps: CancelDeps,
  runId: string,
  reason: string | null,
  by: string | null,
): Promise<CancelOutcome> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const [stopped] = await deps.store.requestStops([
      {
        ...{ runId, rule: "cancel", phase: "Cancelled", reason: "CancelledByUser" },
        ...{ message: reason, by },
      },
    ]);
    const run = await deps.reader.run(runId);
    if (!run) throw new DomainError("RunNotFound", `run ${runId} does not exist`);
    if (stopped || run.stopping) return { run, stopping: run.stopping };
    if (run.phase === "Cancelled") return { run, stopping: false };
    if (run.finishedAt !== null)
      throw new DomainError("AlreadyFinished", `run ${runId} is ${run.phase} already`);
  }
  throw new DomainError("StoreUnavailable", "the run is moving; try again");
}
