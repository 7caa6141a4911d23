import { defineStatement } from "../sql-client.ts";

/**
 * The head of the queue, one row per shape (runs that need the same of a worker) that has due runs,
 * the shapes in order of their oldest rank. Bounded three ways, so that its cost does not depend on
 * how many runs wait: shapes are found by skipping through the index, each gives its first runs,
 * and the due ones are counted only up to what could ever be launched for them. A due run never
 * ranks later than `rankAheadMs` from now (the lowest priority), so what is planned for a far
 * future is not read at all.
 */
export const readQueue = defineStatement(
  "read-queue",
  `with recursive t as materialized (
    select c.now, c.now + hodei.millis(:rankAheadMs::float8) as last_rank from (select hodei.clock() as now) c
  ),
  shapes as (
    (select r.shape from hodei.run r where r.phase = 'Pending' and r.blocked_by is null order by r.shape limit 1)
    union all
    select (select r.shape from hodei.run r where r.phase = 'Pending' and r.blocked_by is null
      and r.shape > s.shape order by r.shape limit 1)
    from shapes s where s.shape is not null
  ),
  heads as (
    select s.shape, first.queue_rank as head, first.placement
    from t, shapes s cross join lateral (
      select r.queue_rank, r.placement from hodei.run r where r.phase = 'Pending' and r.blocked_by is null
        and r.shape = s.shape and r.queue_rank <= t.last_rank and r.not_before <= t.now
      order by r.queue_rank, r.id limit 1) first
    order by head limit :shapes::bigint
  )
  select jsonb_build_object('shape', h.shape, 'now', hodei.ms(t.now), 'placement', h.placement,
    'due', (select count(*) from (select from hodei.run r where r.phase = 'Pending' and r.blocked_by is null
      and r.shape = h.shape and r.queue_rank <= t.last_rank and r.not_before <= t.now limit :countMax::bigint) q),
    'runs', (select jsonb_agg(jsonb_build_object('id', q.id, 'fence', q.fence,
        'rank', hodei.ms(q.queue_rank), 'reason', q.pending_reason, 'message', q.message) order by q.queue_rank, q.id)
      from (select r.* from hodei.run r where r.phase = 'Pending' and r.blocked_by is null and r.shape = h.shape
        and r.queue_rank <= t.last_rank and r.not_before <= t.now
        order by r.queue_rank, r.id limit :perShape::bigint) q)) as doc
  from heads h, t order by h.head`,
);

/** Workers that can take a run now: Ready, lease alive, a stream open at a gateway that lives. */
export const readReadyWorkers = defineStatement(
  "read-ready-workers",
  `select jsonb_build_object('id', w.id, 'profile', w.profile, 'labels', w.labels, 'taints', w.taints,
    'cpuMillis', w.cpu_millis, 'memoryMib', w.memory_mib, 'dedicatedRunId', w.dedicated_run_id,
    'idleSince', hodei.ms(w.idle_since)) as doc
  from hodei.worker w
  where w.phase = 'Ready' and w.gateway_id is not null and w.lease_expires_at > hodei.clock()
    and not exists (select from hodei.gateway g where g.id = w.gateway_id
        and g.beat_at < hodei.clock() - hodei.millis(:gatewayDeadMs::float8))
  order by w.idle_since, w.id limit :limit::bigint`,
);
