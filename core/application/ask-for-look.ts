import type { RunSpec } from "#core/domain/spec/run-spec.ts";
import type { Wake } from "#core/ports/wake.ts";

/**
 * Has somebody look at the queue after these runs were stored: at once for what may start, unless a
 * gateway was told already (`poked`), and once more when the first of those that start later may.
 * Nobody needs to look at suspended ones. Each start behind that one finds a gateway's next look, or the tick.
 */
export async function askForLook(
  wake: Wake,
  stored: readonly { readonly spec: RunSpec }[],
  poked: boolean,
): Promise<void> {
  const placeable = stored.filter(({ spec }) => !spec.suspend);
  const delaysMs = placeable.map(({ spec }) => startsInMs(spec));
  const later = delaysMs.filter((ms) => ms > 0);
  if (!poked && later.length < delaysMs.length) await wake.wake(0);
  if (later.length > 0) await wake.wake(Math.min(...later));
}

/** A hint for the wake only: the row, with database time, decides when the run may start. */
const startsInMs = ({ startAfter }: RunSpec): number =>
  startAfter === null ? 0 : Math.max(0, Date.parse(startAfter) - Date.now());
