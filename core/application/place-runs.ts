import { limits } from "#core/domain/limits.ts";
import { matchRuns } from "#core/domain/reconcile/match-runs.ts";
import type { QueuedShape } from "#core/domain/reconcile/snapshot.ts";
import type { Strategy } from "#core/domain/spec/run-spec.ts";
import type { Assigned, ControlStore, PlacementBounds } from "#core/ports/control-store.ts";
import type { Telemetry } from "#core/ports/telemetry.ts";

export interface PlaceDeps {
  readonly store: ControlStore;
  readonly newId: () => string;
  readonly telemetry: Telemetry;
  /** The gateway that places for the workers it holds; null = some other process. */
  readonly self: string | null;
  /** Default: what the tick needs besides, to say why the others wait and what to launch. */
  readonly bounds?: PlacementBounds;
}

const TICK_BOUNDS: PlacementBounds = {
  runsMin: limits.placementRunsPerShapeMax,
  dueMax: limits.placementWorkersMax,
};

export interface Placed {
  readonly assigned: readonly Assigned[];
  /** Pairs that were not written: somebody else moved or held the run or the worker. */
  readonly stale: number;
  /** What is still waiting after this pass, by shape. */
  readonly queue: readonly QueuedShape[];
  /** What the install prefers, as this look read it. */
  readonly strategy: Strategy;
}

/**
 * One pass of placement: read the head of the queue with the ready workers, match them in a pure
 * function, write all pairs in one guarded statement. Any number of processes may do it at once:
 * a pair that another one wrote first does not come back.
 */
export async function placeRuns(deps: PlaceDeps): Promise<Placed> {
  const {
    queue,
    workers,
    strategy = "packing",
  } = await deps.store.placement(deps.bounds ?? TICK_BOUNDS);
  const matches = matchRuns(queue, workers, limits.placementRunsMax, strategy);
  const assigned = await deps.store.assignRuns(
    matches.map(({ run, worker, placement, decision }) => ({
      runId: run.id,
      fence: run.fence,
      workerId: worker.id,
      executionId: deps.newId(),
      ...(decision && { decision, affinityKey: placement.prefer?.affinityKey ?? null }),
    })),
    deps.self,
  );
  const stale = matches.length - assigned.length;
  if (stale > 0) deps.telemetry.count("stale_writes_total", { statement: "assign-runs" }, stale);
  const left = without(queue, new Set(assigned.map(({ runId }) => runId)));
  return { assigned, stale, queue: left, strategy };
}

const without = (queue: readonly QueuedShape[], placed: ReadonlySet<string>): QueuedShape[] =>
  queue.map((shape) => {
    const runs = shape.runs.filter(({ id }) => !placed.has(id));
    return { ...shape, runs, due: shape.due - (shape.runs.length - runs.length) };
  });
