import { DomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import type { ControlStore } from "#core/ports/control-store.ts";
import type { CancelSelection } from "#core/ports/run-changes.ts";

export interface BulkCancelDeps {
  readonly store: Pick<ControlStore, "countCancellable" | "cancellableRuns" | "requestStops">;
}

export interface BulkCancelRequest extends CancelSelection {
  readonly reason: string | null;
  /** Who asked; null = nobody was asked who they are. */
  readonly by: string | null;
  /** true: only count. */
  readonly dryRun: boolean;
  /** How many the caller believes there are; null = whatever there is. */
  readonly expectedCount: number | null;
  /** By how many the count may differ from that. */
  readonly allowedDifference: number;
}

export interface BulkCancelOutcome {
  /** How many there were before this call, counted up to `limits.bulkCancelCountMax`; null = not counted. */
  readonly count: number | null;
  /** Final now, by this call. */
  readonly cancelled: number;
  /** Their attempts are being stopped, by this call. */
  readonly stopping: number;
  /** The instant up to which runs are meant (µs of the epoch): go on with it; null = none is left. */
  readonly next: number | null;
}

/**
 * Cancels runs by their labels, some with each call, or says how many it would be. Runs submitted after
 * the first call are not meant: it answers the instant that the next ones are given. What finished
 * meanwhile is left alone; a cancel that is repeated finds what is left. Throws Conflict when the count
 * is not what the caller expects, before anything is stopped.
 */
export async function cancelRuns(
  { store }: BulkCancelDeps,
  { reason, by, dryRun, expectedCount, allowedDifference, ...selection }: BulkCancelRequest,
): Promise<BulkCancelOutcome> {
  const isCounted = dryRun || expectedCount !== null || selection.until === null;
  const counted = isCounted
    ? await store.countCancellable(selection, limits.bulkCancelCountMax)
    : null;
  if (counted && expectedCount !== null)
    refuseSurprise(counted.count, expectedCount, allowedDifference);
  const count = counted?.count ?? null;
  const until = counted?.until ?? selection.until;
  if (dryRun || count === 0)
    return { count, cancelled: 0, stopping: 0, next: count === 0 ? null : until };
  const found = await store.cancellableRuns({ ...selection, until }, limits.bulkCancelRunsMax);
  const stopped = await store.requestStops(
    found.map((runId) => ({
      runId,
      ...{ rule: "cancel", phase: "Cancelled", reason: "CancelledByUser", message: reason, by },
    })),
  );
  const cancelled = stopped.filter(({ finished }) => finished).length;
  // One that did not come back finished, or was placed under our hands and is found again.
  const isMore = found.length >= limits.bulkCancelRunsMax || stopped.length < found.length;
  return { count, cancelled, stopping: stopped.length - cancelled, next: isMore ? until : null };
}

function refuseSurprise(count: number, expected: number, allowed: number): void {
  if (Math.abs(count - expected) <= allowed) return;
  throw new DomainError("Conflict", `${count} runs would be cancelled, not ${expected}`, {
    fields: [{ path: "expectedCount", message: `there are ${count}, and no run was cancelled` }],
  });
}
