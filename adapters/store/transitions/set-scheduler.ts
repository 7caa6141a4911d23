import type { SchedulerConfig } from "#core/domain/scheduling/scheduler-config.ts";
import { defineStatement } from "../sql-client.ts";
import { newAuditEvents } from "./new-audit-events.ts";

/**
 * Stores the configuration of scheduling and raises its version, where it differs from what is there
 * and, when `version` names one, that is still the version. Changes nothing otherwise, so the same call
 * may be sent twice. Lock: the control row.
 */
export const setScheduler = defineStatement(
  "set-scheduler",
  `with t as materialized (select hodei.clock() as now),
  stored as (
    update hodei.control c set scheduler = :config::jsonb, scheduler_version = c.scheduler_version + 1
    where c.scheduler is distinct from :config::jsonb
      and (:version::bigint is null or c.scheduler_version = :version::bigint)
    returning c.scheduler as config, c.scheduler_version as version
  ),
  ${newAuditEvents(`select t.now, 'SchedulerConfigured', :actor::text, 'scheduler',
      s.config || jsonb_build_object('version', s.version) from stored s, t`)}
  select json_build_object('config', s.config, 'version', s.version) as doc from stored s`,
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
