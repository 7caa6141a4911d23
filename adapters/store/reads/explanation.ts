import type {
  ExplainedRun,
  Position,
  ProfileLoad,
  WorkerKind,
} from "#core/domain/explain/explanation.ts";
import { defineStatement } from "../sql-client.ts";
import { WAITING } from "./placement.ts";

/**
 * What an explanation of one run needs besides the head of the queue: the run, how many due runs are
 * before it, the workers by kind, and per profile what counts against its maximum. No row comes for an
 * unknown run. Bounded: `shapesMax` shapes are counted, up to `aheadMax` runs of each; `workersMax`
 * workers are looked at and `kindsMax` kinds answered. For people: nothing is decided on it.
 */
export const readExplanation = defineStatement(
  "read-explanation",
  `with recursive t as materialized (select hodei.clock() as now),
  silent as materialized (
    select g.id from t, hodei.gateway g where g.beat_at < t.now - hodei.millis(:gatewayDeadMs::float8)
  ),
  me as materialized (select r.* from hodei.run r where r.id = :runId::uuid),
  shapes as (
    select (select r.shape from hodei.run r where ${WAITING} order by r.shape limit 1) as shape, 1 as n
    union all
    select (select r.shape from hodei.run r where ${WAITING} and r.shape > s.shape order by r.shape limit 1), s.n + 1
    from shapes s where s.shape is not null and s.n < :shapesMax::bigint
  ),
  ahead as materialized (
    select s.shape = m.shape as is_same, (select count(*) from (
      select from hodei.run r where ${WAITING} and r.shape = s.shape and r.not_before <= t.now
        and (r.queue_rank, r.id) < (m.queue_rank, m.id) limit :aheadMax::bigint) q) as n
    from t, me m, (select shape from shapes where shape is not null union select shape from me) s
    where m.phase = 'Pending'
  ),
  fleet as materialized (
    select w.id, w.phase, w.profile, w.labels, w.taints, w.cpu_millis, w.memory_mib, w.external_id, w.first_launch_at, w.created_at,
      w.ending_at, w.idle_since, w.launch_failures, coalesce(w.message, w.reason) as trouble,
      case when w.dedicated_run_id = m.id then 'own' when w.dedicated_run_id is not null then 'other' end as dedicated,
      exists (select from json_array_elements_text(m.placement #> '{prefer,excludedWorkers}') e where e = w.id::text) as excluded,
      case when w.phase in ('Creating', 'Connecting') then 'Coming' when w.phase = 'Busy' then 'Busy'
        when w.phase in ('Draining', 'Terminating') then 'Leaving' when w.gateway_id is null then 'NoStream'
        when w.lease_expires_at <= t.now then 'LeaseOver'
        when w.gateway_id in (select id from silent) then 'GatewaySilent' else 'Ready' end as state
    from t, me m, (select * from hodei.worker w where w.terminated_at is null order by w.id limit :workersMax::bigint) w
  ),
  kinds as materialized (
    select f.profile, f.labels, f.taints, f.cpu_millis, f.memory_mib, f.state, f.dedicated, f.excluded,
      count(*) as workers, (array_agg(f.id order by f.id))[1] as worker_id,
      min(case f.state when 'Coming' then f.created_at when 'Leaving' then f.ending_at else f.idle_since end) as since
    from fleet f group by f.profile, f.labels, f.taints, f.cpu_millis, f.memory_mib, f.state, f.dedicated, f.excluded
  )
  select json_build_object('run', json_build_object('now', hodei.ms(t.now), 'id', m.id, 'phase', m.phase,
    'reason', coalesce(m.reason, m.verdict_reason, m.pending_reason), 'message', m.message,
    'placement', m.placement, 'shape', m.shape, 'fence', m.fence, 'rank', hodei.ms(m.queue_rank),
    'priority', m.priority, 'notBefore', hodei.ms(m.not_before), 'blockedBy', m.blocked_by,
    'blockedSince', (select hodei.ms(w.ending_at) from hodei.worker w where w.id = any(array[m.blocked_by])),
    'stopping', m.verdict_phase is not null and m.finished_at is null, 'workerId', m.worker_id,
    'attempt', (select json_build_object('executionId', a.execution_id, 'workerId', a.worker_id,
      'assignedAt', hodei.ms(a.assigned_at), 'decision', a.decision) from hodei.attempt a where a.run_id = m.id and a.fence = m.fence),
    'position', json_build_object('ahead', (select coalesce(sum(n), 0) from ahead),
      'sameShape', (select coalesce(sum(n), 0) from ahead where is_same),
      'isLeast', (select coalesce(bool_or(n >= :aheadMax::bigint), false) from ahead)
        or (select count(*) from shapes where shape is not null) >= :shapesMax::bigint),
    'fleetIsCut', (select count(*) from fleet) >= :workersMax::bigint or (select count(*) from kinds) > :kindsMax::bigint)) as doc
  from t, me m
  union all
  select json_build_object('kind', json_build_object('profile', k.profile, 'labels', k.labels, 'taints', k.taints,
    'cpuMillis', k.cpu_millis, 'memoryMib', k.memory_mib, 'state', k.state, 'dedicated', k.dedicated,
    'excluded', k.excluded, 'workers', k.workers, 'workerId', k.worker_id, 'since', hodei.ms(k.since)))
  from (select * from kinds order by workers desc, worker_id limit :kindsMax::bigint) k
  union all
  select json_build_object('load', json_build_object('profile', f.profile,
    'coming', count(*) filter (where f.state = 'Coming' and f.dedicated is null),
    'comingSince', hodei.ms(min(f.created_at) filter (where f.state = 'Coming')),
    'taken', count(*) filter (where f.phase <> 'Terminating' or f.external_id is not null
      or f.first_launch_at is not null),
    'own', coalesce(bool_or(f.dedicated = 'own' and f.state <> 'Leaving'), false),
    'trouble', (array_agg(f.trouble order by f.id) filter (where f.phase = 'Creating' and f.launch_failures > 0))[1]))
  from fleet f group by f.profile`,
);

/** One of the three. */
export interface ExplanationRow {
  readonly run?: ExplainedRun & {
    readonly now: number;
    readonly position: Position;
    readonly fleetIsCut: boolean;
  };
  readonly kind?: WorkerKind;
  readonly load?: ProfileLoad;
}
