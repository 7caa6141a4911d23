import type { QueueView } from "#core/ports/run-reader.ts";
import { defineStatement } from "../sql-client.ts";

/**
 * What waits and what runs, each counted up to `max`; and how the newest runs ended, of which `newestMax` are
 * read. `oldest` is the one that is due for longest: what was put off, or tried, has not waited all the time since
 * its submit. For people: nothing is decided on it.
 */
export const viewQueue = defineStatement(
  "view-queue",
  `with t as materialized (select hodei.clock() as now),
  waiting as materialized (
    select r.id, r.pending_reason, r.priority, r.created_at, r.not_before, r.suspended_at is null
      and r.blocked_by is null and r.not_before <= t.now as is_due
    from t, hodei.run r where r.pending_reason is not null and r.verdict_phase is null limit :max::bigint
  ),
  live as materialized (select a.phase from hodei.attempt a where a.ended_at is null limit :max::bigint),
  newest as materialized (select r.phase from hodei.run r order by r.created_at desc, r.id desc limit :newestMax::bigint)
  select json_build_object('at', hodei.ms(t.now), 'pending', (select count(*) from waiting),
    'due', (select count(*) from waiting where is_due),
    'byReason', (select coalesce(json_object_agg(g.pending_reason, g.n order by g.n desc, g.pending_reason), '{}')
      from (select pending_reason, count(*) as n from waiting group by pending_reason) g),
    'byPriority', (select coalesce(json_agg(json_build_object('priority', g.priority, 'runs', g.n) order by g.priority desc), '[]')
      from (select priority, count(*) as n from waiting group by priority) g),
    'oldest', (select json_build_object('id', w.id, 'createdAt', hodei.ms(w.created_at), 'dueAt', hodei.ms(w.not_before))
      from waiting w where w.is_due order by w.not_before, w.created_at, w.id limit 1),
    'assigned', (select count(*) from live where phase = 'Assigned'),
    'running', (select count(*) from live where phase = 'Running'),
    'newest', (select count(*) from newest), 'succeeded', (select count(*) from newest where phase = 'Succeeded'),
    'failed', (select count(*) from newest where phase = 'Failed'),
    'cancelled', (select count(*) from newest where phase = 'Cancelled')) as doc
  from t`,
);

export type QueueRow = QueueView;
