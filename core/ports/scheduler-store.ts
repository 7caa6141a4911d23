import type { RunContext } from "#core/domain/explain/explanation.ts";

/** What people ask and say about scheduling. Throws DomainError StoreUnavailable as the control store. */
export interface SchedulerStore {
  /** What explains one run, but for the head of the queue; null = no such run. Changes nothing. */
  runContext(runId: string): Promise<RunContext | null>;
}
