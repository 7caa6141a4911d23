import type { SchedulerConfig } from "#core/domain/scheduling/scheduler-config.ts";
import { defineStatement } from "../sql-client.ts";

/**
 * Stores the configuration of scheduling and raises its version, where it differs from what is there
 * and, when `version` names one, that is still the version. Changes nothing otherwise, so the same call
 * may be sent twice. Lock: the control row.
 */
export const setScheduler = defineStatement(
  "set-scheduler",
  `update hodei.control c set scheduler = :config::jsonb, scheduler_version = c.scheduler_version + 1
  where c.scheduler is distinct from :config::jsonb
    and (:version::bigint is null or c.scheduler_version = :version::bigint)
  returning json_build_object('config', c.scheduler, 'version', c.scheduler_version) as doc`,
);

export const readScheduler = defineStatement(
  "read-scheduler",
  `select json_build_object('config', c.scheduler, 'version', c.scheduler_version) as doc from hodei.control c`,
);

export interface SchedulerRow {
  /** null = nothing was configured. */
  readonly config: SchedulerConfig | null;
  readonly version: number;
}
