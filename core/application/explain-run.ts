import { DomainError } from "#core/domain/errors.ts";
import { explainRun } from "#core/domain/explain/explain-run.ts";
import type { Explanation } from "#core/domain/explain/explanation.ts";
import { limits } from "#core/domain/limits.ts";
import type { MachineProfile } from "#core/domain/worker/profile.ts";
import type { ControlStore } from "#core/ports/control-store.ts";
import type { SchedulerStore } from "#core/ports/scheduler-store.ts";

export interface ExplainDeps {
  readonly store: Pick<ControlStore, "placement" | "failingProfiles" | "control">;
  readonly scheduler: Pick<SchedulerStore, "runContext">;
  readonly profiles: readonly MachineProfile[];
}

/**
 * Why a run waits, or where it is: reads what the next look at the queue would see and what a pass
 * would launch, and decides purely. Changes nothing. Throws RunNotFound.
 */
export async function explain(
  { store, scheduler, profiles }: ExplainDeps,
  runId: string,
): Promise<Explanation> {
  const context = await scheduler.runContext(runId);
  if (!context) throw new DomainError("RunNotFound", `there is no run ${runId}`);
  const bounds = { runsMin: 0, dueMax: limits.placementRunsPerShapeMax + 1 };
  const [view, failing, control] = await Promise.all([
    store.placement({ ...bounds, shape: context.run.shape }),
    store.failingProfiles(),
    store.control(),
  ]);
  const { launchTokens, launching } = control;
  return explainRun({ ...context, ...view, failing, profiles, launchTokens, launching });
}
