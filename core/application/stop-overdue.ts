import { limits } from "#core/domain/limits.ts";
import type { ReconcileDeps } from "./reconcile-deps.ts";

/** Runs past their active deadline get the verdict Failed(DeadlineExceeded). */
export async function stopOverdue({ store, log, telemetry }: ReconcileDeps): Promise<number> {
  const overdue = await store.overdueRuns(limits.tickBatchMax);
  const stopped = await store.requestStops(
    overdue.map((runId) => ({
      runId,
      rule: "deadline",
      phase: "Failed",
      reason: "DeadlineExceeded",
      message: "the active deadline passed",
      by: null,
    })),
  );
  for (const { runId, finished } of stopped) {
    if (finished)
      telemetry.count("runs_finished_total", { phase: "Failed", reason: "DeadlineExceeded" });
    log.info({ runId, finished }, "run is past its active deadline");
  }
  return stopped.length;
}
