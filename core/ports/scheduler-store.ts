import type { PlacedAttempt, RunContext } from "#core/domain/explain/explanation.ts";
import type { RunPhase } from "#core/domain/job-run/phase.ts";
import type { ReadyWorker } from "#core/domain/reconcile/snapshot.ts";
import type { SchedulerChange, StoredScheduler } from "#core/domain/scheduling/scheduler-config.ts";

/** Instants: epoch ms of the database. */
export interface PlacedRun {
  readonly phase: RunPhase;
  readonly now: number;
  readonly cpuMillis: number;
  readonly memoryMib: number;
  /** The newest; null = it never had one. */
  readonly attempt: PlacedAttempt | null;
}

/** What people ask and say about scheduling. Throws DomainError StoreUnavailable as the control store. */
export interface SchedulerStore {
  /** What explains one run, but for the head of the queue; null = no such run. Changes nothing. */
  runContext(runId: string): Promise<RunContext | null>;
  /** Where its newest attempt was put, and why; null = no such run. */
  placed(runId: string): Promise<PlacedRun | null>;
  /** Workers that can take a run now, with what they did until now; at most `limit`. For people. */
  readyWorkers(limit: number): Promise<ReadyWorker[]>;
  /** What is configured now, defaults filled in. */
  scheduler(): Promise<StoredScheduler>;
  /**
   * Stores a configuration; every process reads it with its next look. true = it is what is stored now,
   * also when it was before; false = `version` is not the one that is stored, and nothing changed.
   * A change is recorded in the audit log; `by`: who asked, null = nobody was asked who they are.
   */
  setScheduler(change: SchedulerChange, by: string | null): Promise<boolean>;
}
