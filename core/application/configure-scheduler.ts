import { DomainError } from "#core/domain/errors.ts";
import {
  parseSchedulerChange,
  type StoredScheduler,
} from "#core/domain/scheduling/scheduler-config.ts";
import type { Log } from "#core/ports/log.ts";
import type { SchedulerStore } from "#core/ports/scheduler-store.ts";

export interface ConfigureDeps {
  readonly scheduler: Pick<SchedulerStore, "scheduler" | "setScheduler">;
  readonly log: Log;
}

/**
 * Replaces the configuration of scheduling for the whole install. `body` is what a caller sent, `by` who. Throws
 * InvalidRequest; Conflict when it names a version that is not the stored one.
 */
export async function configureScheduler(
  { scheduler, log }: ConfigureDeps,
  body: unknown,
  by: string | null,
): Promise<StoredScheduler> {
  const change = parseSchedulerChange(body);
  if (!(await scheduler.setScheduler(change, by)))
    throw new DomainError("Conflict", "the configuration of the scheduler was changed meanwhile", {
      fields: [{ path: "version", message: "read it again" }],
    });
  const { strategy, pendingRunsMax } = change;
  log.info({ strategy, pendingRunsMax, by }, "scheduler configured");
  return scheduler.scheduler();
}
