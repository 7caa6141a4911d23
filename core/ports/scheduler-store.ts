import type { RunContext } from "#core/domain/explain/explanation.ts";
import type { SchedulerChange, StoredScheduler } from "#core/domain/scheduling/scheduler-config.ts";

/** What people ask and say about scheduling. Throws DomainError StoreUnavailable as the control store. */
export interface SchedulerStore {
  /** What explains one run, but for the head of the queue; null = no such run. Changes nothing. */
  runContext(runId: string): Promise<RunContext | null>;
  /** What is configured now, defaults filled in. */
  scheduler(): Promise<StoredScheduler>;
  /**
   * Stores a configuration; every process reads it with its next look. true = it is what is stored now,
   * also when it was before; false = `version` is not the one that is stored, and nothing changed.
   */
  setScheduler(change: SchedulerChange): Promise<boolean>;
}
