import type { RunPhase } from "#core/domain/job-run/phase.ts";
import type { FiringResult, ScheduleDefinition } from "#core/domain/schedule/schedule.ts";
import type { TemplateStatus } from "#core/domain/template/template.ts";
import type { InsertedRun } from "./control-store.ts";
import type { NewTemplateRun } from "./template-store.ts";

/**
 * Schedules, and the runs they make. Every move is one statement that is refused when the schedule is at
 * another version than the caller decided on, and raises the version: null or false = it moved. Throws
 * DomainError StoreUnavailable when the database cannot be reached. Instants are epoch milliseconds of
 * the database's clock.
 */
export interface ScheduleStore {
  /** false = one has its name or id, or there are `limits.schedulesMax`. */
  createSchedule(schedule: NewSchedule): Promise<boolean>;
  /** Sets all that can change of it. */
  changeSchedule(change: ScheduleChange): Promise<boolean>;
  /** What it made stays. false = there is none. */
  deleteSchedule(id: string, by: string | null): Promise<boolean>;
  /**
   * Stores a run of the schedule's template as `insertTemplateRun` does, and in the same statement takes
   * the schedule to its next time. Nothing of both when the schedule moved, the queue is full or the
   * template is not Active. The run of a time is stored once, whatever else.
   */
  fire(firing: NewFiring): Promise<InsertedRun & { number: number | null }>;

  /** By id or name. null = there is none. */
  schedule(reference: { id: string } | { name: string }): Promise<ScheduleView | null>;
  /** The same with its secret values: to make a run, never to show. */
  scheduleToFire(id: string): Promise<ScheduleToFire | null>;
  /** In order of their names. */
  schedules(filter: ScheduleFilter): Promise<ScheduleView[]>;
  /** Those whose time has come, the longest due first. */
  dueSchedules(limit: number): Promise<ScheduleToFire[]>;
  /** In how many milliseconds the first enabled one is due, 0 = now; null = there is none. */
  nextDueInMs(): Promise<number | null>;
  /** What the clock of the database shows. */
  now(): Promise<number>;
}

/** What is read of schedules to show them. */
export type ScheduleReader = Pick<ScheduleStore, "schedule" | "schedules" | "now">;

export interface NewSchedule extends ScheduleDefinition {
  readonly id: string;
  readonly name: string;
  readonly templateId: string;
  readonly secrets: Readonly<Record<string, string>>;
  readonly nextFireAt: number;
  readonly createdBy: string | null;
}

/** What can change of a schedule. */
export interface ScheduleState extends ScheduleDefinition {
  readonly enabled: boolean;
  /** Why it is not enabled, and who said so; null while it is. */
  readonly disabledReason: string | null;
  /** null while it is not enabled. */
  readonly nextFireAt: number | null;
  readonly failuresSince: number;
  readonly misfires: number;
  readonly lastAt: number | null;
  readonly lastResult: FiringResult | null;
  readonly lastMessage: string | null;
}

export interface ScheduleChange extends ScheduleState {
  readonly id: string;
  /** The version that the caller decided on. */
  readonly version: number;
  /** null = as they are. */
  readonly secrets: Readonly<Record<string, string>> | null;
  /** What a person did, for the audit log; null = the clock did it. */
  readonly audit: {
    readonly type: "ScheduleChanged" | "ScheduleEnabled" | "ScheduleDisabled";
    readonly by: string | null;
  } | null;
}

export interface NewFiring {
  readonly run: NewTemplateRun;
  readonly scheduleId: string;
  readonly version: number;
  /** null = it is triggered, and the times of the clock stay. */
  readonly scheduledFor: number | null;
  /** Of a schedule that is enabled; null takes it off the clock. */
  readonly nextFireAt: number | null;
  readonly message: string | null;
}

export interface ScheduleView extends ScheduleState {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly templateId: string;
  readonly templateName: string;
  readonly templateStatus: TemplateStatus;
  /** The newest run of it that is kept. */
  readonly lastRun: { readonly id: string; readonly phase: RunPhase } | null;
  /** Ids of its runs that are not over, the newest first. */
  readonly openRuns: readonly string[];
  /** Runs in a row that failed for good, and times at which none could be made. */
  readonly consecutiveFailures: number;
  readonly createdBy: string | null;
  readonly createdAt: number;
  /** The last change by a person. */
  readonly updatedAt: number;
  /** When this was read. */
  readonly now: number;
}

export interface ScheduleToFire extends ScheduleView {
  readonly secrets: Readonly<Record<string, string>>;
}

export interface ScheduleFilter {
  /** null = of any. */
  readonly templateId: string | null;
  /** null = both. */
  readonly enabled: boolean | null;
  readonly limit: number;
  /** Name of the last one of the page before; null = from the start. */
  readonly after: string | null;
}
