import { limits } from "#core/domain/limits.ts";
import { matchRuns } from "#core/domain/reconcile/match-runs.ts";
import type { QueuedShape } from "#core/domain/reconcile/snapshot.ts";
import type { Assigned, ControlStore } from "#core/ports/control-store.ts";
import type { Telemetry } from "#core/ports/telemetry.ts";

export interface PlaceDeps {
  readonly store: ControlStore;
  readonly newId: () => string;
  readonly telemetry: Telemetry;
  /** The gateway that places for the workers it holds; null = some other process. */
  readonly self: string | null;
}

export interface Placed {
  readonly assigned: readonly Assigned[];
  /** What is still waiting after this pass, by shape. */
  readonly queue: readonly QueuedShape[];
}

/**
 * One pass of placement: read the head of the queue and the ready workers, match them in a pure
 * function, write all pairs in one guarded statement. Any number of processes may do it at once:
 * a pair that another one wrote first does not come back.
 */
export async function placeRuns(deps: PlaceDeps): Promise<Placed> {
  const workers = await deps.store.readyWorkers();
  const queue = await deps.store.queue();
  const matches = matchRuns(queue, workers, limits.placementRunsMax);
  const assigned = await deps.store.assignRuns(
    matches.map(({ run, worker }) => ({
      runId: run.id,
      fence: run.fence,
      workerId: worker.id,
      executionId: deps.newId(),
    })),
    deps.self,
  );
  const stale = matches.length - assigned.length;
  if (stale > 0) deps.telemetry.count("stale_writes_total", { statement: "assign-runs" }, stale);
  return { assigned, queue: without(queue, new Set(assigned.map(({ runId }) => runId))) };
}

const without = (queue: readonly QueuedShape[], placed: ReadonlySet<string>): QueuedShape[] =>
  queue.map((shape) => {
    const runs = shape.runs.filter(({ id }) => !placed.has(id));
    return { ...shape, runs, due: shape.due - (shape.runs.length - runs.length) };
  });
