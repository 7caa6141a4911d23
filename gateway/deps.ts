import type { Authorise } from "#core/application/authorise-call.ts";
import type { SubmitDeps } from "#core/application/submit-run.ts";
import type { Timings } from "#core/domain/timings.ts";
import type { AuditLog } from "#core/ports/audit-log.ts";
import type { Digest } from "#core/ports/bootstrap-tokens.ts";
import type { ControlStore } from "#core/ports/control-store.ts";
import type { Log } from "#core/ports/log.ts";
import type { ProviderRecords } from "#core/ports/provider-records.ts";
import type { RunReader } from "#core/ports/run-reader.ts";
import type { ScheduleStore } from "#core/ports/schedule-store.ts";
import type { SchedulerStore } from "#core/ports/scheduler-store.ts";
import type { Telemetry } from "#core/ports/telemetry.ts";
import type { TemplateStore } from "#core/ports/template-store.ts";
import type { UsageStore } from "#core/ports/usage-store.ts";
import type { Wake } from "#core/ports/wake.ts";

/** What the gateway is made of; wired in `compose.ts`, faked in tests. */
export interface GatewayDeps {
  readonly gatewayId: string;
  readonly address: string;
  readonly store: ControlStore;
  readonly reader: RunReader;
  readonly scheduler: SchedulerStore;
  readonly providers: ProviderRecords;
  readonly templates: TemplateStore;
  readonly schedules: ScheduleStore;
  readonly usageStore: Pick<UsageStore, "addUsage">;
  readonly audit: AuditLog;
  readonly wake: Wake;
  /** The hub adds how a run is stored and who is asked to look. */
  readonly submit: Omit<SubmitDeps, "insertRun" | "wake">;
  readonly digest: Digest;
  /** Asked before every call of a client. */
  readonly authorise: Authorise;
  readonly timings: Timings;
  readonly newId: () => string;
  readonly random: () => number;
  readonly log: Log;
  readonly telemetry: Telemetry;
}
