import { defineStatement } from "../sql-client.ts";
import { newAuditEvents } from "./new-audit-events.ts";

const fields = `description text, cron text, timezone text, parameters json, secrets jsonb, overlap text,
      "catchUpSeconds" integer, "maxConsecutiveFailures" integer, "pauseOnFailure" boolean,
      "nextFireAt" timestamptz`;

/** Stores a schedule, enabled. No row = its name or id is there already, or there are `max` of them. */
export const createSchedule = defineStatement(
  "create-schedule",
  `with t as materialized (select hodei.clock() as now),
  x as materialized (
    select * from json_to_record(:doc::json) as d(
      id uuid, name text, "templateId" uuid, ${fields}, "createdBy" text, actor text)
  ),
  counted as materialized (select count(*) as schedules from hodei.schedule),
  new_schedule as (
    insert into hodei.schedule (id, name, template_id, description, cron, timezone, parameters, secrets, overlap,
      catch_up_seconds, max_consecutive_failures, pause_on_failure, enabled, next_fire_at, failures_since,
      created_by, created_at, updated_at)
    select x.id, x.name, x."templateId", x.description, x.cron, x.timezone, x.parameters, x.secrets, x.overlap,
      x."catchUpSeconds", x."maxConsecutiveFailures", x."pauseOnFailure", true, x."nextFireAt", t.now,
      x."createdBy", t.now, t.now
    from x, t, counted c where c.schedules < :max::bigint
    on conflict do nothing
    returning id, name
  ),
  ${newAuditEvents(`select t.now, 'ScheduleCreated', x.actor, n.id::text, jsonb_build_object('name', n.name)
    from new_schedule n, x, t`)}
  select jsonb_build_object('id', n.id) as doc from new_schedule n`,
);

/**
 * Sets all that can change of a schedule that is still at `version`, and raises that. No row = it is at
 * another, or not there: sent twice, the second one changes nothing. Secret values stay when none come.
 */
export const changeSchedule = defineStatement(
  "change-schedule",
  `with t as materialized (select hodei.clock() as now),
  x as materialized (
    select * from json_to_record(:doc::json) as d(
      id uuid, version integer, ${fields}, enabled boolean, "disabledReason" text, "failuresSince" timestamptz,
      misfires integer, "lastAt" timestamptz, "lastResult" text, "lastMessage" text, audit text, actor text)
  ),
  moved_schedule as (
    update hodei.schedule s set version = s.version + 1, description = x.description, cron = x.cron,
      timezone = x.timezone, parameters = x.parameters, secrets = coalesce(x.secrets, s.secrets),
      overlap = x.overlap, catch_up_seconds = x."catchUpSeconds",
      max_consecutive_failures = x."maxConsecutiveFailures", pause_on_failure = x."pauseOnFailure",
      enabled = x.enabled, disabled_reason = x."disabledReason", next_fire_at = x."nextFireAt",
      failures_since = x."failuresSince", misfires = x.misfires, last_at = x."lastAt",
      last_result = x."lastResult", last_message = x."lastMessage",
      updated_at = case when x.audit is null then s.updated_at else t.now end
    from x, t where s.id = any(array[x.id]) and s.version = x.version
    returning s.id, s.name, x.audit, x.actor
  ),
  ${newAuditEvents(`select t.now, m.audit, m.actor, m.id::text, jsonb_build_object('name', m.name)
    from moved_schedule m, t where m.audit is not null`)}
  select jsonb_build_object('id', m.id) as doc from moved_schedule m`,
);

/** No row = there is none. A firing that waits for this finds no schedule, and makes no run. */
export const deleteSchedule = defineStatement(
  "delete-schedule",
  `with t as materialized (select hodei.clock() as now),
  gone as (delete from hodei.schedule s where s.id = :id::uuid returning s.id, s.name),
  ${newAuditEvents(`select t.now, 'ScheduleDeleted', :actor::text, g.id::text, jsonb_build_object('name', g.name)
    from gone g, t`)}
  select jsonb_build_object('id', g.id) as doc from gone g`,
);
