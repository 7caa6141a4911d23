import type { MachineProfile } from "#core/domain/worker/profile.ts";
import type { BootstrapTokens } from "#core/ports/bootstrap-tokens.ts";
import type { ControlStore } from "#core/ports/control-store.ts";
import type { Log } from "#core/ports/log.ts";
import type { Provider } from "#core/ports/provider.ts";
import type { ScheduleStore } from "#core/ports/schedule-store.ts";
import type { Telemetry } from "#core/ports/telemetry.ts";
import type { TemplateStore } from "#core/ports/template-store.ts";
import type { Wake } from "#core/ports/wake.ts";

/** What every step of a reconcile pass stands on; wired by an entry point. */
export interface ReconcileDeps {
  readonly store: ControlStore;
  readonly templates: Pick<TemplateStore, "template">;
  readonly schedules: Pick<ScheduleStore, "dueSchedules" | "fire" | "changeSchedule">;
  readonly provider: Provider;
  readonly wake: Wake;
  readonly tokens: BootstrapTokens;
  readonly profiles: readonly MachineProfile[];
  /** Non-secret environment of every worker, frozen into its launch request. */
  readonly workerEnvironment: Readonly<Record<string, string>>;
  readonly installId: string;
  readonly newId: () => string;
  /** A number in [0, 1): spreads waits. */
  readonly random: () => number;
  readonly log: Log;
  readonly telemetry: Telemetry;
  /** Milliseconds of a monotonic clock; only for the time budget of a pass. */
  readonly monotonicMs: () => number;
}
