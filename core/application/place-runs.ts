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
  /** What found no worker in this pass, by shape; the runs of stale pairs are not in it. */
  readonly queue: readonly QueuedShape[];
  /** Workers of stale pairs: free as likely as not. */
  readonly unsettled: ReadonlySet<string>;
  /** Workers may be ready that this look did not read: look again before anything is made of `queue`. */
  readonly isCut: boolean;
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
  const settled = new Set(assigned.map(({ workerId }) => workerId));
  const unsettled = matches.flatMap(({ worker: { id } }) => (settled.has(id) ? [] : id));
  const stale = unsettled.length;
  if (stale > 0) deps.telemetry.count("stale_writes_total", { statement: "assign-runs" }, stale);
  const left = without(queue, new Set(matches.map(({ run }) => run.id)));
  const isCut = matches.length >= limits.placementRunsPerShapeMax;
  return { assigned, stale, queue: left, unsettled: new Set(unsettled), isCut, strategy };
}

const without = (queue: readonly QueuedShape[], matched: ReadonlySet<string>): QueuedShape[] =>
  queue.map((shape) => {
    const runs = shape.runs.filter(({ id }) => !matched.has(id));
    return { ...shape, runs, due: shape.due - (shape.runs.length - runs.length) };
  });
