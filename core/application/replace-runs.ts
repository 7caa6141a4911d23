import type { ControlStore } from "#core/ports/control-store.ts";

/** Asks runs of a schedule to stop, because another one takes their place. Asked twice is harmless. */
export async function replaceRuns(
  requestStops: ControlStore["requestStops"],
  scheduleName: string,
  runIds: readonly string[],
): Promise<void> {
  if (runIds.length === 0) return;
  const by = `schedule ${scheduleName}`;
  const why = { rule: "cancel", phase: "Cancelled", reason: "CancelledByUser", by } as const;
  const message = `replaced by the next run of ${by}`;
  await requestStops(runIds.map((runId) => ({ ...why, runId, message })));
}
