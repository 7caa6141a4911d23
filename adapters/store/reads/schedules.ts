import { defineStatement } from "../sql-client.ts";

/** Of the newest runs of schedule `s`, bounded: which are open, how the last one is, how many failed in a row. */
const runs = `cross join lateral (
    select coalesce(jsonb_agg(n.id order by n.number desc)
        filter (where n.phase not in ('Succeeded', 'Failed', 'Cancelled')), '[]') as open,
      (jsonb_agg(jsonb_build_object('id', n.id, 'phase', n.phase) order by n.number desc)) -> 0 as newest,
      count(*) filter (where n.phase = 'Failed' and n.created_at >= s.failures_since
        and n.number > n.succeeded) as failed
    from (
      select k.*, coalesce(max(k.number) filter (where k.phase = 'Succeeded') over (), 0) as succeeded
      from (select r.id, r.phase, r.template_number as number, r.created_at from hodei.run r
        where r.schedule_id = s.id order by r.template_number desc limit :runs::bigint) k
    ) n
  ) made
  join hodei.job_template j on j.id = any(array[s.template_id])`;

const view = `'id', s.id, 'name', s.name, 'version', s.version, 'templateId', s.template_id,
  'templateName', j.name, 'templateStatus', j.status, 'description', s.description, 'cron', s.cron,
  'timezone', s.timezone, 'parameters', s.parameters, 'overlap', s.overlap,
  'catchUpSeconds', s.catch_up_seconds, 'maxConsecutiveFailures', s.max_consecutive_failures,
  'pauseOnFailure', s.pause_on_failure, 'enabled', s.enabled, 'disabledReason', s.disabled_reason,
  'nextFireAt', hodei.ms(s.next_fire_at), 'failuresSince', hodei.ms(s.failures_since), 'misfires', s.misfires,
  'lastAt', hodei.ms(s.last_at), 'lastResult', s.last_result, 'lastMessage', s.last_message,
  'lastRun', made.newest, 'openRuns', made.open, 'consecutiveFailures', made.failed + s.misfires,
  'createdBy', s.created_by, 'createdAt', hodei.ms(s.created_at), 'updatedAt', hodei.ms(s.updated_at),
  'now', hodei.ms(hodei.clock())`;

/** `secrets`: with secret values, for what makes a run. */
export const readSchedule = defineStatement(
  "read-schedule",
  `with found as materialized (
    select s.* from hodei.schedule s where s.id = :id::uuid
    union all
    select s.* from hodei.schedule s where s.name = :name::text
  )
  select json_build_object(${view}, 'secrets', case when :secrets::boolean then s.secrets end) as doc
  from found s ${runs}`,
);

export const listSchedules = defineStatement(
  "list-schedules",
  `with found as materialized (
    select s.* from hodei.schedule s
    where (:templateId::uuid is null or s.template_id = :templateId::uuid)
      and (:enabled::boolean is null or s.enabled = :enabled::boolean)
      and (:after::text is null or s.name > :after::text)
    order by s.name limit :limit::bigint
  )
  select json_build_object(${view}) as doc from found s ${runs} order by s.name`,
);

export const readDueSchedules = defineStatement(
  "read-due-schedules",
  `with t as materialized (select hodei.clock() as now),
  found as materialized (
    select s.* from hodei.schedule s where s.next_fire_at <= (select now from t)
    order by s.next_fire_at limit :limit::bigint
  )
  select json_build_object(${view}, 'secrets', s.secrets) as doc from found s ${runs} order by s.next_fire_at`,
);

export const readNow = defineStatement(
  "read-now",
  "select to_jsonb(hodei.ms(hodei.clock())) as doc",
);

export const readNextDue = defineStatement(
  "read-next-due",
  `select jsonb_build_object('ms', greatest(0, hodei.ms(s.next_fire_at) - hodei.ms(hodei.clock()))) as doc
  from hodei.schedule s where s.next_fire_at is not null order by s.next_fire_at limit 1`,
);
