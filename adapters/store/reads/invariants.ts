import { limits } from "#core/domain/limits.ts";
import { ORIGINAL_STREAM_SEQS } from "#core/domain/output/attempt-output.ts";
import { defineStatement } from "../sql-client.ts";

/**
 * The rows `broken(invariant, id, detail)` that break an invariant of docs/concepts/protocol.md, of the
 * runs that `chosen` answers by id and of all workers; core/domain/invariants.ts says each in words. Other
 * rows are looked up by their key, a run at a time: two lists are never joined (docs/internals/store.md).
 * Output is looked at where it is newest, and so far as it is short.
 */
const BROKEN = `
  with t as materialized (select hodei.clock() as now),
  chosen as materialized (--chosen--),
  r as materialized (
    select r.id, r.phase, r.reason, r.finished_at, r.event_seq, r.fence, r.verdict_phase, r.blocked_by, r.deadline_at,
      r.suspended_at, r.pending_reason, r.created_at, r.expires_at, r.template_id, r.template_number, r.template_version,
      r.phase in ('Succeeded', 'Failed', 'Cancelled') as is_final, a.*, h.*
    from chosen join hodei.run r on r.id = any(array[chosen.id])
    cross join lateral (
      select count(*) as tries, max(a.fence) as newest,
        count(*) filter (where a.failure in ('app', 'oom', 'timeout')) as charged,
        count(*) filter (where a.failure = 'worker-lost') as lost,
        count(*) filter (where a.failure = 'dispatch') as returned,
        count(*) filter (where a.phase = 'Succeeded') as succeeded,
        max(a.fence) filter (where a.phase = 'Succeeded') as succeeded_fence
      from hodei.attempt a where a.run_id = any(array[r.id])) a
    cross join lateral (
      select count(*) as events, min(e.seq) as first, max(e.seq) as last,
        count(*) filter (where e.type = 'Finished') as ends, max(e.seq) filter (where e.type = 'Finished') as ended
      from hodei.run_event e where e.run_id = any(array[r.id])) h
  ),
  live as materialized (
    select a.* from chosen c join hodei.attempt a on a.run_id = any(array[c.id]) where a.phase in ('Assigned', 'Running')
  ),
  worker as materialized (select w.* from hodei.worker w order by w.id --rowsMax--),
  written as materialized (
    select r.id, a.fence from (select * from r order by r.created_at desc, r.id desc limit ${limits.outputRunsCheckedMax}) r
    join hodei.attempt a on a.run_id = any(array[r.id]), t where coalesce(r.expires_at > t.now, true)
  ),
  broken(invariant, id, detail) as (
    select 'final-run-says-so', r.id, format('%s, finished %s, reason %s', r.phase, r.finished_at, r.reason)
    from r where r.is_final <> (r.finished_at is not null) or r.is_final <> (r.reason is not null)
    union all
    select 'one-end-and-the-last-word', r.id, format('%s with %s ends in its history', r.phase, r.ends)
    from r where r.events > 0 and (r.ends <> r.is_final::integer or r.ended <> r.last)
    union all
    select 'history-without-gaps', r.id, format('%s events from %s to %s, counted %s', r.events, r.first, r.last, r.event_seq)
    from r where r.events = 0 or r.first <> 1 or r.last <> r.events or r.event_seq <> r.last
    union all
    select 'verdict-is-kept', r.id, format('%s against the verdict %s', r.phase, r.verdict_phase)
    from r where r.is_final and r.phase <> r.verdict_phase
    union all
    select 'stopping-run-has-attempt', r.id, format('verdict %s, nothing to wait for', r.verdict_phase)
    from r where not r.is_final and r.verdict_phase is not null and not exists (
      select from hodei.attempt a where a.run_id = any(array[r.id]) and a.phase in ('Assigned', 'Running'))
    union all
    select 'one-live-attempt-per-run', a.run_id, string_agg(a.fence::text, ', ')
    from live a group by a.run_id having count(*) > 1
    union all
    select 'one-live-attempt-per-worker', a.worker_id, string_agg(a.run_id || '/' || a.fence, ', ')
    from live a group by a.worker_id having count(*) > 1
    union all
    select 'active-run-has-attempt', r.id, r.phase || ' at fence ' || r.fence
    from r where r.phase in ('Assigned', 'Running') and not exists (
      select from hodei.attempt a where a.run_id = any(array[r.id]) and a.fence = r.fence and a.phase = r.phase)
    union all
    select 'live-attempt-has-active-run', a.run_id, format('attempt %s is %s', a.fence, a.phase)
    from live a where not exists (
      select from hodei.run r where r.id = any(array[a.run_id]) and r.fence = a.fence and r.phase = a.phase)
    union all
    select 'fence-is-newest-attempt', r.id, format('fence %s, %s attempts up to %s', r.fence, r.tries, r.newest)
    from r where r.fence <> coalesce(r.newest, 0) or r.fence <> r.tries
    union all
    select 'success-is-of-newest-attempt', r.id, format('%s, %s successful attempts, the last %s', r.phase, r.succeeded, r.succeeded_fence)
    from r where r.succeeded > 1 or r.succeeded_fence <> r.fence or (r.succeeded = 1 and not r.is_final)
    union all
    select 'success-has-attempt', r.id, r.phase
    from r where r.phase = 'Succeeded' and not exists (
      select from hodei.attempt a where a.run_id = any(array[r.id]) and a.fence = r.fence and a.phase = 'Succeeded')
    union all
    select 'result-ends-attempt', a.run_id, format('attempt %s is %s and has result %s', a.fence, a.phase, a.result_id)
    from live a where a.result_id is not null
    union all
    select 'start-is-recorded', a.run_id, format('attempt %s is %s, started %s', a.fence, a.phase, a.started_at)
    from chosen c join hodei.attempt a on a.run_id = any(array[c.id])
    where case when a.phase in ('Assigned', 'Returned') then a.started_at is not null
      else a.phase in ('Succeeded', 'Failed') and a.started_at is null end
    union all
    select 'successor-waits-for-machine', a.run_id, format('attempt %s lives, the machine of attempt %s may as well', a.fence, p.fence)
    from live a join hodei.run r on r.id = any(array[a.run_id]) and r.spec ->> 'replacement' = 'AfterGone'
    join hodei.attempt p on p.run_id = any(array[a.run_id]) and p.fence < a.fence and p.phase = 'Lost'
    join hodei.worker w on w.id = any(array[p.worker_id]) and w.terminated_at is null
    union all
    select 'charged-within-limit', r.id, format('%s charged attempts, backoffLimit %s', r.charged, s.spec ->> 'backoffLimit')
    from r join hodei.run s on s.id = any(array[r.id]) where r.charged > 0 and r.charged > (s.spec ->> 'backoffLimit')::bigint + 1
    union all
    select 'lost-within-limit', r.id, format('%s workers lost, infrastructureLimit %s', r.lost, s.spec ->> 'infrastructureLimit')
    from r join hodei.run s on s.id = any(array[r.id]) where r.lost > 0 and r.lost > (s.spec ->> 'infrastructureLimit')::bigint + 1
    union all
    select 'returned-within-limit', r.id, format('%s attempts ended before their start', r.returned)
    from r where r.returned > ${limits.dispatchLimit + 1}
    union all
    select 'blocked-run-waits', r.id, format('%s, blocked by %s', r.phase, r.blocked_by)
    from r where r.blocked_by is not null and r.phase <> 'Pending'
    union all
    select 'run-of-template-is-numbered', r.id, format('number %s, version %s', r.template_number, r.template_version)
    from r left join hodei.job_template j on j.id = any(array[r.template_id])
    where r.template_id is not null and (j.id is null or r.template_number not between 1 and j.run_seq
      or not exists (select from hodei.job_template_version v where v.template_id = any(array[j.id]) and v.version = r.template_version))
    union all
    select 'versions-without-gaps', j.id, format('%s versions, the newest %s', v.versions, j.version)
    from (select * from hodei.job_template order by id --rowsMax--) j cross join lateral (
      select count(*) as versions, max(v.version) as newest from hodei.job_template_version v where v.template_id = any(array[j.id])) v
    where v.versions <> j.version or v.newest <> j.version
    union all
    select 'secret-has-run', s.run_id, 'of a run that is not there'
    from (select s.run_id from hodei.run_secret s order by s.run_id --rowsMax--) s
    where not exists (select from hodei.run r where r.id = any(array[s.run_id]))
    union all
    select 'busy-worker-has-attempt', w.id, format('%s, holds %s/%s', w.phase, w.run_id, w.run_fence)
    from worker w where (w.phase = 'Busy' or w.run_id is not null) and not exists (
      select from hodei.attempt a where a.run_id = any(array[w.run_id]) and a.fence = w.run_fence and a.worker_id = w.id
        and a.phase in ('Assigned', 'Running'))
    union all
    select 'live-attempt-has-worker', a.worker_id, format('%s/%s', a.run_id, a.fence)
    from live a where not a.manual and not exists (
      select from hodei.worker w where w.id = any(array[a.worker_id]) and w.run_id = a.run_id and w.run_fence = a.fence
        and w.phase in ('Busy', 'Draining'))
    union all
    select 'manual-attempt-is-nobodys', a.worker_id, format('%s/%s', a.run_id, a.fence)
    from live a join hodei.worker w on w.id = any(array[a.worker_id]) where a.manual
    union all
    select 'session-has-token', w.id, w.phase
    from worker w where w.session_sha256 is not null and w.token_consumed_at is null
    union all
    select 'serving-worker-has-session', w.id, format('%s, token spent %s', w.phase, w.token_consumed_at)
    from worker w where w.phase in ('Connecting', 'Ready', 'Busy') and (w.session_sha256 is null or w.token_consumed_at is null)
    union all
    select 'token-is-of-one-worker', max(w.id::text)::uuid, format('%s workers have the same', count(*))
    from worker w group by w.token_sha256 having count(*) > 1
    union all
    select 'stream-has-epoch', w.id, format('%s at gateway %s', w.phase, w.gateway_id)
    from worker w where w.gateway_id is not null and w.session_epoch < 1
    union all
    select 'machine-has-one-worker', max(w.id::text)::uuid, w.external_id
    from worker w where w.external_id is not null group by w.external_id having count(*) > 1
    union all
    select 'terminated-holds-nothing', w.id, format('run %s, gateway %s', w.run_id, w.gateway_id)
    from worker w where w.phase = 'Terminated' and (w.run_id is not null or w.gateway_id is not null)
    union all
    select 'run-has-clock', r.id, r.phase
    from r where not r.is_final
      and (r.deadline_at is null or (r.deadline_at = 'infinity') <> (r.suspended_at is not null))
    union all
    select 'suspended-run-waits', r.id, format('%s, %s', r.phase, r.pending_reason)
    from r where (r.suspended_at is not null) <> coalesce(r.phase = 'Pending' and r.pending_reason = 'Suspended', false)
    union all
    select 'attempt-has-clock', a.run_id, a.phase
    from live a where a.phase = 'Running' and (a.started_at is null or a.reported_at is null)
    union all
    select 'worker-has-clock', w.id, w.phase
    from worker w where case w.phase
      when 'Creating' then w.external_id is not null and w.register_deadline_at is null
      when 'Connecting' then w.connect_deadline_at is null or w.lease_expires_at is null
      when 'Ready' then w.idle_since is null or w.lease_expires_at is null
      when 'Busy' then w.lease_expires_at is null
      when 'Draining' then w.run_id is not null and w.lease_expires_at is null
      when 'Terminating' then w.ending_at is null
      when 'Terminated' then w.terminated_at is null
      else false end
    union all
    select 'output-without-holes', q.id, format('attempt %s: %s chunks up to %s', q.fence, c.chunks, c.last)
    from written q cross join lateral (
      select count(*) as chunks, max(x.seq) as last, bool_or(x.dropped_bytes is not null) as says_so from (
        select l.seq, l.dropped_bytes from hodei.log_chunk l where l.run_id = any(array[q.id]) and l.fence = q.fence
        order by l.seq limit ${limits.outputChunksCheckedMax}) x) c
    where c.last <> c.chunks and c.last < ${ORIGINAL_STREAM_SEQS} and not c.says_so
  )`;

const brokenAmong = (chosen: string, rowsMax: string): string =>
  BROKEN.replace("--chosen--", chosen).replaceAll("--rowsMax--", rowsMax);

/**
 * Every row that breaks an invariant; none, whenever one looks. For tests after every step, and for
 * operators in doubt. It reads all runs and workers that are kept.
 */
export const readViolations = defineStatement(
  "read-violations",
  `${brokenAmong("select id from hodei.run", "")}
  select jsonb_build_object('invariant', b.invariant, 'id', b.id, 'detail', b.detail) as doc
  from broken b order by b.invariant, b.id limit :limit::bigint`,
);

/**
 * The same of what matters now: the runs that are open, and the newest. Each list ends at `max`. Answers
 * how many were looked at, and for each broken invariant how often and the first `shown`.
 */
export const surveyViolations = defineStatement(
  "survey-violations",
  `${brokenAmong(
    `(select r.id from hodei.run r order by r.created_at desc, r.id desc limit :max::bigint)
    union (select a.run_id from hodei.attempt a where a.ended_at is null limit :max::bigint)
    union (select r.id from hodei.run r where r.pending_reason is not null and r.verdict_phase is null
      order by r.deadline_at limit :max::bigint)`,
    "limit :max::bigint",
  )},
  ranked as (
    select b.*, row_number() over (partition by b.invariant order by b.id) as place from broken b
  )
  select jsonb_build_object('at', hodei.ms(t.now), 'runs', (select count(*) from chosen),
    'workers', (select count(*) from worker),
    'isCut', exists (select from hodei.run offset :max::bigint) or exists (select from hodei.worker offset :max::bigint),
    'found', (select coalesce(jsonb_agg(f.doc), '[]') from (
      select jsonb_build_object('invariant', q.invariant, 'violations', count(*),
        'first', jsonb_agg(jsonb_build_object('id', q.id, 'detail', left(q.detail, ${limits.violationCharsMax}))
          order by q.id) filter (where q.place <= :shown::bigint)) as doc
      from ranked q group by q.invariant) f)) as doc
  from t`,
);

/** `id` names the run, or the worker where the invariant speaks of workers or machines. */
export interface Violation {
  readonly invariant: string;
  readonly id: string;
  readonly detail: string;
}
