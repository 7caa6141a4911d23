import type { QueuedShape, ReadyWorker } from "#core/domain/reconcile/snapshot.ts";
import { defineStatement } from "../sql-client.ts";

/** A run in the queue, due or not: the predicate of `run_queue`. */
export const WAITING =
  "r.pending_reason is not null and r.blocked_by is null and r.suspended_at is null";
const DUE = `${WAITING} and r.queue_rank <= t.last_rank and r.not_before <= t.now`;
/** Of `t` and `silent`, as every statement with this condition reads them. */
export const USABLE = `w.gateway_id is not null and w.lease_expires_at > (select now from t)
      and w.gateway_id not in (select id from silent)`;
export const POOLED = "w.phase = 'Ready' and w.dedicated_run_id is null";
/** A worker with what it did until now. */
export const USED = "json_build_array(w.id, hodei.ms(w.idle_since), w.runs_taken, w.affinity_key)";
const OWN = "w.phase = 'Ready' and w.dedicated_run_id is not null";

/**
 * `fits` of the domain in SQL, to choose what is looked at when not everything can be: what is
 * matched is decided there. s: a shape with its placement, k: what a ready worker offers.
 */
const FITS = `k.cpu_millis >= (s.placement ->> 'cpuMillis')::integer
      and k.memory_mib >= (s.placement ->> 'memoryMib')::integer
      and k.labels @> (s.placement ->> 'nodeSelector')::jsonb
      and not exists (select from jsonb_array_elements(k.taints) taint where not exists (
        select from json_array_elements(s.placement -> 'tolerations') o
        where o ->> 'effect' in ('', taint ->> 'effect') and case o ->> 'key' when '' then o ->> 'operator' = 'Exists'
          else o ->> 'key' = taint ->> 'key' and (o ->> 'operator' = 'Exists' or o ->> 'value' = taint ->> 'value') end))`;

/**
 * What one pass of placement decides on: the head of the queue, a document per shape (runs that
 * need the same of a worker), and the ready workers, a document per offer (workers that are
 * interchangeable), those idle for longest first, and one for each worker that was made for a run.
 *
 * Bounded by what can be matched at all: no more runs of a shape than workers are ready (`runsMin`
 * asks for more), no more workers of an offer than runs are due. So the cost depends neither on how
 * many runs wait nor on how many workers idle. Shapes and offers are found by skipping through their
 * index; due runs are counted up to `dueMax`.
 * A due run never ranks later than `rankAheadMs` from now (the lowest priority), so what is planned for a
 * far future is not read at all.
 *
 * Where a run or the install has a preference (`asked`), there is more to choose from: `choiceMax` workers
 * of an offer with what each did until now, beyond those that some run will not have, and every worker
 * that a run names as preferred. Where nobody has one, none of it is read.
 *
 * Of very many shapes, `shapesSeen` are looked at, from another place each time, and those of `known`
 * (a json list); `shapes` of them are answered: those that a ready worker fits and the others in
 * turn, each by their oldest run, and every third by chance. So shapes that nobody can serve never
 * hide one that somebody can, neither from placement nor, as no worker is ready yet, from whoever
 * launches machines.
 */
export const readPlacement = defineStatement(
  "read-placement",
  `with recursive t as materialized (
    select c.now, c.now + hodei.millis(:rankAheadMs::float8) as last_rank, md5(random()::text) as place
    from (select hodei.clock() as now) c
  ),
  silent as materialized (
    select g.id from t, hodei.gateway g where g.beat_at < t.now - hodei.millis(:gatewayDeadMs::float8)
  ),
  shapes as (
    select f.shape, f.shape as first, 1 as n from (select coalesce(
      (select r.shape from hodei.run r where ${WAITING} and r.shape >= (select place from t)
        order by r.shape limit 1),
      (select r.shape from hodei.run r where ${WAITING} order by r.shape limit 1)) as shape) f
    union all
    select x.shape, s.first, s.n + 1 from shapes s cross join lateral (select coalesce(
      (select r.shape from hodei.run r where ${WAITING} and r.shape > s.shape order by r.shape limit 1),
      (select r.shape from hodei.run r where ${WAITING} order by r.shape limit 1)) as shape) x
    where s.n < :shapesSeen::bigint and x.shape <> s.first
  ),
  seen as materialized (
    select s.shape, oldest.queue_rank as head, oldest.placement,
      (oldest.placement ->> 'dedicatedWorker')::boolean as dedicated
    from t, (select shape from shapes union select json_array_elements_text(:known::json)) s cross join lateral (
      select r.queue_rank, r.placement from hodei.run r where ${DUE} and r.shape = s.shape
      order by r.queue_rank, r.id limit 1) oldest
  ),
  offers as (
    (select w.offer from hodei.worker w where ${POOLED} and exists (select from seen) order by w.offer limit 1)
    union all
    select (select w.offer from hodei.worker w where ${POOLED} and w.offer > o.offer order by w.offer limit 1)
    from offers o where o.offer is not null
  ),
  served as materialized (
    select s.*, (select count(*) from seen) > :shapes::bigint and case when s.dedicated
      then exists (select from hodei.worker w join hodei.run r on r.id = any(array[w.dedicated_run_id])
        where ${OWN} and ${USABLE} and r.shape = s.shape)
      else exists (select from offers o cross join lateral (
        select * from hodei.worker w where ${POOLED} and ${USABLE} and w.offer = o.offer limit 1) k
        where ${FITS}) end as is_served
    from seen s
  ),
  heads as materialized (
    select * from served s order by least(row_number() over (partition by is_served order by head),
      row_number() over (partition by is_served order by random()) * 2) limit :shapes::bigint
  ),
  due as materialized (
    select h.*, (select count(*) from (
      select from hodei.run r where ${DUE} and r.shape = h.shape limit :dueMax::bigint) q) as due
    from t, heads h
  ),
  wanted as materialized (select least(:runsMax::bigint, coalesce(sum(due), 0)) as n from due),
  asked as materialized (
    select a.is_asked, case when a.is_asked then greatest(w.n, :choiceMax::bigint) + a.excluded else w.n end as choice
    from wanted w, (
      select coalesce(bool_or(d.placement -> 'prefer' is not null), false)
          or (select coalesce(c.scheduler ->> 'strategy', 'packing') <> 'packing' from hodei.control c) as is_asked,
        coalesce(max(json_array_length(d.placement #> '{prefer,excludedWorkers}')), 0) as excluded
      from due d) a
  ),
  room as materialized (
    select case when sum(least(due, :runsMax::bigint)) > :answeredMax::bigint then :answeredMax::bigint / count(*)
      else :runsMax::bigint end as share from due
  ),
  ready as materialized (
    select count(*) as n from (
      select from hodei.worker w where ${POOLED} and ${USABLE} limit (select n from wanted)) q
  )
  select json_build_object('shape', json_build_object('shape', d.shape, 'placement', d.placement, 'due', d.due, 'served', d.is_served,
    'runs', coalesce((
      select json_agg(json_build_object('id', q.id, 'fence', q.fence, 'rank', hodei.ms(q.queue_rank), 'dueAt', hodei.ms(q.not_before),
        'reason', q.pending_reason, 'message', q.message) order by q.queue_rank, q.id)
      from (select r.* from hodei.run r where ${DUE} and r.shape = d.shape order by r.queue_rank, r.id
        limit least((select share from room), case when d.dedicated then :runsMax::bigint
          else greatest(:runsMin::bigint, (select n from ready)) end)) q), '[]'::json))) as doc
  from t, due d
  union all
  select json_build_object('offer', json_build_object('profile', one.profile, 'labels', one.labels,
    'taints', one.taints, 'cpuMillis', one.cpu_millis, 'memoryMib', one.memory_mib,
    'dedicatedRunId', null, 'workers', one.workers))
  from offers o cross join lateral (
    select w.profile, w.labels, w.taints, w.cpu_millis, w.memory_mib, (
      select json_agg(case when (select is_asked from asked) then ${USED} else to_json(w.id) end order by w.idle_since, w.id) from (
        select w.* from hodei.worker w where ${POOLED} and ${USABLE} and w.offer = o.offer
        order by w.idle_since, w.id limit (select choice from asked)) w) as workers
    from hodei.worker w where ${POOLED} and w.offer = o.offer limit 1) one
  where one.workers is not null
  union all
  select json_build_object('offer', json_build_object('profile', w.profile, 'labels', w.labels,
    'taints', w.taints, 'cpuMillis', w.cpu_millis, 'memoryMib', w.memory_mib,
    'dedicatedRunId', null, 'workers', json_build_array(${USED})))
  from (select distinct json_array_elements_text(h.placement #> '{prefer,preferredWorkers}')::uuid as id from heads h) p
  join hodei.worker w on w.id = any(array[p.id]) and ${POOLED} and ${USABLE}
  union all
  select json_build_object('offer', json_build_object('profile', w.profile, 'labels', w.labels,
    'taints', w.taints, 'cpuMillis', w.cpu_millis, 'memoryMib', w.memory_mib,
    'dedicatedRunId', w.dedicated_run_id, 'workers', json_build_array(w.id)))
  from hodei.worker w where exists (select from heads h where h.dedicated) and ${OWN} and ${USABLE}
  union all
  select json_build_object('scheduler', c.scheduler) from hodei.control c where c.scheduler is not null
  union all
  select json_build_object('more', true) from (select count(*) as n from shapes) s where s.n >= :shapesSeen::bigint`,
);

/** A worker, with what it did until now where somebody has a preference. */
export type OfferedWorker =
  | string
  | readonly [id: string, idleSince: number, runsTaken: number, affinityKey: string | null];

/** One of the four. */
export interface PlacementRow {
  /** `served`: a ready worker fits; false also where nobody had to ask. */
  readonly shape?: QueuedShape & { readonly served: boolean };
  /** There are more shapes than were looked at. */
  readonly more?: true;
  readonly offer?: Omit<ReadyWorker, "id" | "use"> & { readonly workers: readonly OfferedWorker[] };
  /** As it was stored; absent = nothing was configured. */
  readonly scheduler?: unknown;
}
