import { decideFleet } from "#core/domain/reconcile/decide-fleet.ts";
import type { FleetWorker } from "#core/domain/reconcile/snapshot.ts";
import type { ReconcileDeps } from "./reconcile-deps.ts";

/** Idle, over-age, drained, silent and stuck workers leave. */
export async function retireWorkers(
  { store, profiles, log, telemetry }: ReconcileDeps,
  fleet: readonly FleetWorker[],
): Promise<number> {
  const ended = await store.endWorkers(decideFleet(fleet, profiles));
  for (const { workerId, phase, reason } of ended) {
    telemetry.count("workers_ended_total", { reason });
    log.info({ workerId, phase, reason }, "worker is leaving");
  }
  return ended.length;
}
