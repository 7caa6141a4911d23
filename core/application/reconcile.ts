import { limits } from "#core/domain/limits.ts";
import type { ControlStore } from "#core/ports/control-store.ts";
import { endTroubled } from "./end-troubled.ts";
import { launchWorkers } from "./launch-workers.ts";
import { placeRuns } from "./place-runs.ts";
import { provisionWorkers } from "./provision-workers.ts";
import type { ReconcileDeps } from "./reconcile-deps.ts";
import { retireWorkers } from "./retire-workers.ts";
import { stopOverdue } from "./stop-overdue.ts";
import { sweep } from "./sweep.ts";
import { watchMachines } from "./watch-machines.ts";

/**
 * The tick, and every wake: lost workers → deadlines → machines that stopped → placements →
 * capacity → launches → idle, over-age and stuck workers → sweeps. Each step reads a bounded
 * snapshot, decides purely and writes guarded; the round is repeated while something changed and
 * time is left. Two at once are harmless, one that dies after any statement is repaired by the
 * next. Retries need no step of their own: a run whose wait is over is simply due for placement.
 */
export async function reconcile(deps: ReconcileDeps): Promise<{ rounds: number }> {
  const startedAt = deps.monotonicMs();
  let rounds = 0;
  for (let changed = 1; changed > 0 && rounds < limits.tickRoundsMax; rounds += 1) {
    if (deps.monotonicMs() - startedAt > limits.tickBudgetMs) break;
    changed = await reconcileOnce(deps);
  }
  await guarded(deps, "sweep", async () => {
    await sweep(deps);
    return 0;
  });
  const seconds = (deps.monotonicMs() - startedAt) / 1000;
  deps.telemetry.observe("reconcile_duration_seconds", seconds);
  deps.log.debug({ rounds, seconds }, "reconciled");
  return { rounds };
}

/** One round; answers how much it changed. */
async function reconcileOnce(deps: ReconcileDeps): Promise<number> {
  let changed = await guarded(deps, "end troubled", () => endTroubled(deps));
  changed += await guarded(deps, "stop overdue", () => stopOverdue(deps));
  const control = await deps.store.control();
  const fleet = await deps.store.fleet();
  changed += await guarded(deps, "watch machines", () => watchMachines(deps, fleet));
  changed += await deps.store.unblockRuns();
  const placed = await placeRuns({ ...deps, self: null });
  changed += placed.assigned.length + placed.stale; // who was too late looks again
  if (!placed.isCut) changed += await provisionWorkers(deps, control, fleet, placed);
  if (control.launching) await guarded(deps, "launch workers", () => launchWorkers(deps));
  changed += await retireWorkers(deps, fleet);
  measure(deps, placed.queue, fleet, control.now);
  return changed;
}

/** The provider may be down, or somebody hold one run's row for long: what needs neither goes on. */
async function guarded(deps: ReconcileDeps, step: string, run: () => Promise<number>) {
  try {
    return await run();
  } catch (error) {
    deps.log.error({ step, err: error }, "a reconcile step failed, the next pass repeats it");
    return 0;
  }
}

function measure(
  { telemetry }: ReconcileDeps,
  queue: Awaited<ReturnType<typeof placeRuns>>["queue"],
  fleet: Awaited<ReturnType<ControlStore["fleet"]>>,
  now: number,
): void {
  telemetry.gauge(
    "runs_pending",
    queue.reduce((sum, { due }) => sum + due, 0),
  );
  const oldest = Math.min(now, ...queue.flatMap(({ runs }) => runs.map(({ dueAt }) => dueAt)));
  telemetry.gauge("reconcile_lag_seconds", (now - oldest) / 1000);
  const byPhase = Map.groupBy(fleet, ({ phase }) => phase);
  for (const [phase, workers] of byPhase) telemetry.gauge("workers", workers.length, { phase });
}
