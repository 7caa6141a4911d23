import { limits } from "#core/domain/limits.ts";
import type { PlacementBounds, PlacementView } from "#core/ports/control-store.ts";
import { type PlacementRow, readPlacement } from "./reads/placement.ts";
import { placementView } from "./rows.ts";
import type { SqlParameters, Statement } from "./sql-client.ts";

const SHAPES_MAX = 64;
/** Each costs about 10 µs. */
const SHAPES_SEEN_MAX = 256;
/** Workers are ready and nothing was found for them: so many shapes are looked at, now and then. */
const SHAPES_SEEN_WIDELY_MAX = 8_192;
const WIDE_LOOK_EVERY_MS = 1_000;
/** Runs of one answer over all shapes: 110 bytes each and a message, and the Data API takes 1 MiB. */
const QUEUED_RUNS_MAX = 2_000;

type Query = (statement: Statement, parameters: SqlParameters) => Promise<PlacementRow[]>;

/**
 * How the queue is looked at. Where it holds more shapes than one look sees, the shapes that were
 * served are looked at again: a hint of this process, without which they are only found later.
 */
export function placementLooks(query: Query): (bounds: PlacementBounds) => Promise<PlacementView> {
  let known: string[] = [];
  let wideLookAt = Number.NEGATIVE_INFINITY;
  const look = ({ runsMin, dueMax, shape }: PlacementBounds, shapesSeen: number) =>
    query(readPlacement, {
      ...{ runsMin, dueMax },
      ...{ shapesSeen, shapes: SHAPES_MAX, answeredMax: QUEUED_RUNS_MAX },
      known: JSON.stringify(shape === undefined ? known : [...known, shape]),
      gatewayDeadMs: limits.gatewayDeadMs,
      runsMax: limits.placementRunsPerShapeMax,
      choiceMax: limits.placementChoiceMax,
      rankAheadMs: -limits.priorityMin * limits.priorityAgeingSecondsPerPoint * 1000,
    });
  return async (bounds) => {
    let rows = await look(bounds, SHAPES_SEEN_MAX);
    if (isInVain(rows) && performance.now() - wideLookAt > WIDE_LOOK_EVERY_MS) {
      rows = await look(bounds, SHAPES_SEEN_WIDELY_MAX);
      wideLookAt = performance.now();
    }
    known = rows.flatMap(({ shape }) => (shape?.served ? shape.shape : []));
    return placementView(rows);
  };
}

/** Workers wait, nothing that was seen is for them, and not everything was seen. */
const isInVain = (rows: readonly PlacementRow[]): boolean =>
  rows.some(({ more }) => more) &&
  rows.some(({ offer }) => offer) &&
  !rows.some(({ shape }) => shape?.served);
