/** The JSON of the HTTP API about templates, as both sides of the wire see it; as in `api.ts`. */
import type { RunPhase } from "../job-run/phase.ts";
import type { Parameter } from "../template/parameter.ts";
import type { TemplateStatus } from "../template/template.ts";
import type { RunSpec } from "./run-spec.ts";

export type { ParameterValue } from "../template/parameter.ts";
export { TEMPLATE_STATUSES, type TemplateStatus } from "../template/template.ts";

export interface TemplateSummaryBody {
  readonly id: string;
  readonly name: string;
  readonly status: TemplateStatus;
  /** The version that is shown; also the ETag, in quotes. */
  readonly version: number;
  readonly newestVersion: number;
  readonly description: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Who made this version. */
  readonly createdBy: string | null;
  readonly createdAt: string;
  /** When this version was made. */
  readonly versionAt: string;
  /** The last change of version or status. */
  readonly updatedAt: string;
}

export interface TemplateBody extends TemplateSummaryBody {
  readonly spec: RunSpec;
  readonly parameters: readonly Parameter[];
}

export interface TemplateListBody {
  /** In order of their names. */
  readonly templates: readonly TemplateSummaryBody[];
  readonly next: string | null;
}

export interface TemplateVersionListBody {
  /** Newest first. */
  readonly versions: readonly TemplateSummaryBody[];
  readonly next: string | null;
}

export interface TemplateStatsBody {
  /** Numbers given so far, those of deleted runs among them. */
  readonly numbers: number;
  /** Runs that are kept, at most the newest 10,000; what follows is counted from them. */
  readonly runs: number;
  /** More runs are kept than are counted: the older ones are left out. */
  readonly isCut: boolean;
  readonly open: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly lastRun: {
    readonly id: string;
    readonly number: number;
    readonly phase: RunPhase;
    readonly createdAt: string;
  } | null;
  /** From start to end of the runs that succeeded; null = none did. */
  readonly durationsMs: {
    readonly mean: number;
    readonly median: number;
    readonly p95: number;
    readonly max: number;
  } | null;
}
