import type { RunPhase } from "#core/domain/job-run/phase.ts";
import type { PlainValues, ShownValues } from "#core/domain/template/parameter.ts";
import type { TemplateDefinition, TemplateStatus } from "#core/domain/template/template.ts";
import type { InsertedRun, NewRun } from "./control-store.ts";
import type { RunSummary } from "./run-reader.ts";

/**
 * Templates and the runs made from them. As with the control store every change is one guarded
 * statement: null or false = the row moved, nothing changed. Changes of templates are recorded in the audit
 * log, by `createdBy` or `by`; null = nobody was asked who they are. Throws DomainError StoreUnavailable when the
 * database cannot be reached.
 */
export interface TemplateStore {
  /** false = a template that is not archived has this name. */
  createTemplate(template: NewTemplate): Promise<boolean>;
  /** Adds the version after `version`, if that is the newest and the template is not archived. */
  addVersion(change: NewVersion): Promise<boolean>;
  /** false = it is archived, or is at another version than expected (null = any). */
  setStatus(
    id: string,
    status: TemplateStatus,
    version: number | null,
    by: string | null,
  ): Promise<boolean>;
  /**
   * Stores a run with the next number of its template, if that is Active. Nothing is stored, and no
   * number spent, when the id or key is there already, the queue is full or the template is not Active.
   */
  insertTemplateRun(run: NewTemplateRun): Promise<InsertedRun & { number: number | null }>;

  /** By id, or by the name of one that is not archived; with its newest version. null = there is none. */
  template(reference: TemplateReference): Promise<TemplateView | null>;
  /** A version of a template, with its status of now. null = there is none. */
  templateVersion(id: string, version: number): Promise<TemplateView | null>;
  /** In order of their names. */
  templates(filter: TemplateFilter): Promise<TemplateSummary[]>;
  /** Newest first; those before `before`, null = from the newest. */
  versions(id: string, before: number | null, limit: number): Promise<TemplateSummary[]>;
  /** Runs of a template by number, newest first; those before number `before`. */
  runs(filter: TemplateRunFilter): Promise<RunSummary[]>;
  stats(id: string): Promise<TemplateStats>;
  /** All values of a run, secret ones too: to make the same run again, never to show. */
  runValues(runId: string): Promise<PlainValues>;
}

export type TemplateReference = { readonly id: string } | { readonly name: string };

export interface NewTemplate extends TemplateDefinition {
  readonly id: string;
  readonly name: string;
  readonly createdBy: string | null;
}

export interface NewVersion extends TemplateDefinition {
  readonly id: string;
  /** The newest version as the caller knows it. */
  readonly version: number;
  readonly createdBy: string | null;
}

export interface NewTemplateRun extends NewRun {
  readonly templateId: string;
  readonly templateVersion: number;
  /** Null in place of each secret. */
  readonly parameters: ShownValues;
  readonly secrets: Readonly<Record<string, string>>;
}

/** Instants are epoch milliseconds of the database's clock. */
export interface TemplateView extends TemplateDefinition {
  readonly id: string;
  readonly name: string;
  readonly status: TemplateStatus;
  readonly version: number;
  readonly newestVersion: number;
  /** Who made this version. */
  readonly createdBy: string | null;
  /** When the template was made; when this version was. */
  readonly createdAt: number;
  readonly versionAt: number;
  /** The last change of version or status. */
  readonly updatedAt: number;
}

/** Without what makes a page of them large. */
export type TemplateSummary = Omit<TemplateView, "spec" | "parameters">;

export interface TemplateFilter {
  /** Empty = all but Archived. */
  readonly statuses: readonly TemplateStatus[];
  readonly labels: Readonly<Record<string, string>>;
  readonly limit: number;
  /** The last one of the page before; null = from the start. */
  readonly after: { readonly name: string; readonly id: string } | null;
}

export interface TemplateRunFilter {
  readonly id: string;
  readonly phases: readonly RunPhase[];
  readonly limit: number;
  readonly before: number | null;
}

/**
 * Counted from the newest `templateStatsRunsMax` runs that are kept; `numbers` counts also those that are
 * older or deleted.
 */
export interface TemplateStats {
  /** Numbers given so far. */
  readonly numbers: number;
  /** Runs that are counted here. */
  readonly runs: number;
  /** More are kept than are counted: the older ones are left out. */
  readonly isCut: boolean;
  /** Not final yet. */
  readonly open: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly lastRun: {
    readonly id: string;
    readonly number: number;
    readonly phase: RunPhase;
    readonly createdAt: number;
  } | null;
  /** From start to end of the runs that succeeded; null = none did. */
  readonly durationsMs: {
    readonly mean: number;
    readonly median: number;
    readonly p95: number;
    readonly max: number;
  } | null;
}
