import { defineStatement } from "../sql-client.ts";

/**
 * Milliseconds since anything happened: since the newest submit, and the end of the last worker. Null while
 * a run waits (one that is suspended waits for a person), an attempt is open, a worker is there, or a
 * schedule is due within `soonMs`.
 */
export const readIdle = defineStatement(
  "read-idle",
  `select to_jsonb(case when not exists (select from hodei.worker w where w.terminated_at is null)
      and not exists (select from hodei.attempt a where a.ended_at is null)
      and not exists (select from hodei.run r
        where r.pending_reason is not null and r.blocked_by is null and r.suspended_at is null)
      and not exists (select from hodei.run r where r.blocked_by is not null)
      and coalesce((select s.next_fire_at from hodei.schedule s where s.next_fire_at is not null
        order by s.next_fire_at limit 1) > hodei.clock() + hodei.millis(:soonMs::float8), true)
    then floor(extract(epoch from hodei.clock() - greatest(c.launch_tokens_at,
      (select r.created_at from hodei.run r order by r.created_at desc, r.id desc limit 1),
      (select w.terminated_at from hodei.worker w where w.phase = 'Terminated'
        order by w.terminated_at desc limit 1))) * 1000)::bigint end) as doc
  from hodei.control c`,
);
