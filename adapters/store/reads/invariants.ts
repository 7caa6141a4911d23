import { defineStatement } from "../sql-client.ts";

/**
 * Every row that breaks an invariant of docs/concepts/protocol.md; none, whenever one looks. For
 * tests after every step, and for operators in doubt. It reads all runs and workers that are kept.
 */
export const readViolations = defineStatement(
  "read-violations",
  `with live as materialized (select * from hodei.attempt where phase in ('Assigned', 'Running')),
  tries as materialized (
    select a.run_id, count(*) as tries, max(a.fence) as newest,
      count(*) filter (where a.failure in ('app', 'oom', 'timeout')) as charged,
      count(*) filter (where a.phase = 'Succeeded') as succeeded,
      max(a.fence) filter (where a.phase = 'Succeeded') as succeeded_fence
    from hodei.attempt a group by a.run_id
  ),
  history as materialized (
    select e.run_id, count(*) as events, min(e.seq) as first, max(e.seq) as last,
      count(*) filter (where e.type = 'Finished') as ends, max(e.seq) filter (where e.type = 'Finished') as ended
    from hodei.run_event e group by e.run_id
  ),
  r as materialized (
    select r.*, r.phase in ('Succeeded', 'Failed', 'Cancelled') as is_final from hodei.run r
  ),
  broken(invariant, id, detail) as (
    select 'final-run-says-so', r.id, format('%s, finished %s, reason %s', r.phase, r.finished_at, r.reason)
    from r where r.is_final <> (r.finished_at is not null) or r.is_final <> (r.reason is not null)
    union all
    select 'one-end-and-the-last-word', r.id, format('%s with %s ends in its history', r.phase, h.ends)
    from r join history h on h.run_id = r.id
    where h.ends <> r.is_final::integer or h.ended <> h.last
    union all
    select 'history-without-gaps', r.id, format('%s events from %s to %s, counted %s', h.events, h.first, h.last, r.event_seq)
    from r left join history h on h.run_id = r.id
    where h.run_id is null or h.first <> 1 or h.last <> h.events or r.event_seq <> h.last
    union all
    select 'verdict-is-kept', r.id, format('%s against the verdict %s', r.phase, r.verdict_phase)
    from r where r.is_final and r.phase <> r.verdict_phase
    union all
    select 'stopping-run-has-attempt', r.id, format('verdict %s, nothing to wait for', r.verdict_phase)
    from r where not r.is_final and r.verdict_phase is not null and not exists (select from live a where a.run_id = r.id)
    union all
    select 'one-live-attempt-per-run', a.run_id, string_agg(a.fence::text, ', ')
    from live a group by a.run_id having count(*) > 1
    union all
    select 'one-live-attempt-per-worker', a.worker_id, string_agg(a.run_id || '/' || a.fence, ', ')
    from live a group by a.worker_id having count(*) > 1
    union all
    select 'active-run-has-attempt', r.id, r.phase || ' at fence ' || r.fence
    from r where r.phase in ('Assigned', 'Running') and not exists (
      select from live a where a.run_id = r.id and a.fence = r.fence and a.phase = r.phase)
    union all
    select 'live-attempt-has-active-run', a.run_id, format('attempt %s is %s', a.fence, a.phase)
    from live a where not exists (
      select from r where r.id = a.run_id and r.fence = a.fence and r.phase = a.phase)
    union all
    select 'fence-is-newest-attempt', r.id, format('fence %s, %s attempts up to %s', r.fence, t.tries, t.newest)
    from r left join tries t on t.run_id = r.id
    where r.fence <> coalesce(t.newest, 0) or r.fence <> coalesce(t.tries, 0)
    union all
    select 'success-is-of-newest-attempt', r.id, format('%s, %s successful attempts, the last %s', r.phase, t.succeeded, t.succeeded_fence)
    from r join tries t on t.run_id = r.id
    where t.succeeded > 1 or t.succeeded_fence <> r.fence or (t.succeeded = 1 and not r.is_final)
    union all
    select 'success-has-attempt', r.id, r.phase
    from r where r.phase = 'Succeeded' and not exists (
      select from hodei.attempt a where a.run_id = r.id and a.fence = r.fence and a.phase = 'Succeeded')
    union all
    select 'charged-within-limit', r.id, format('%s charged attempts, backoffLimit %s', t.charged, r.spec ->> 'backoffLimit')
    from r join tries t on t.run_id = r.id where t.charged > (r.spec ->> 'backoffLimit')::bigint + 1
    union all
    select 'blocked-run-waits', r.id, format('%s, blocked by %s', r.phase, r.blocked_by)
    from r where r.blocked_by is not null and r.phase <> 'Pending'
    union all
    select 'run-of-template-is-numbered', r.id, format('number %s, version %s', r.template_number, r.template_version)
    from r left join hodei.job_template j on j.id = r.template_id
    where r.template_id is not null and (j.id is null or r.template_number not between 1 and j.run_seq
      or not exists (select from hodei.job_template_version v where v.template_id = j.id and v.version = r.template_version))
    union all
    select 'versions-without-gaps', j.id, format('%s versions, the newest %s', v.versions, j.version)
    from hodei.job_template j left join lateral (
      select count(*) as versions, max(v.version) as newest from hodei.job_template_version v where v.template_id = j.id) v on true
    where v.versions <> j.version or v.newest <> j.version
    union all
    select 'secret-has-run', s.run_id, 'of a run that is not there'
    from hodei.run_secret s where not exists (select from r where r.id = s.run_id)
    union all
    select 'busy-worker-has-attempt', w.id, format('%s, holds %s/%s', w.phase, w.run_id, w.run_fence)
    from hodei.worker w where (w.phase = 'Busy' or w.run_id is not null) and not exists (
      select from live a where a.worker_id = w.id and a.run_id = w.run_id and a.fence = w.run_fence)
    union all
    select 'live-attempt-has-worker', a.worker_id, format('%s/%s', a.run_id, a.fence)
    from live a where not a.manual and not exists (
      select from hodei.worker w where w.id = a.worker_id and w.run_id = a.run_id and w.run_fence = a.fence
        and w.phase in ('Busy', 'Draining'))
    union all
    select 'manual-attempt-is-nobodys', a.worker_id, format('%s/%s', a.run_id, a.fence)
    from live a join hodei.worker w on w.id = a.worker_id where a.manual
    union all
    select 'session-has-token', w.id, w.phase
    from hodei.worker w where w.session_sha256 is not null and w.token_consumed_at is null
    union all
    select 'machine-has-one-worker', max(w.id::text)::uuid, w.external_id
    from hodei.worker w where w.external_id is not null group by w.external_id having count(*) > 1
    union all
    select 'terminated-holds-nothing', w.id, format('run %s, gateway %s', w.run_id, w.gateway_id)
    from hodei.worker w where w.phase = 'Terminated' and (w.run_id is not null or w.gateway_id is not null)
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
    from hodei.worker w where case w.phase
      when 'Creating' then w.external_id is not null and w.register_deadline_at is null
      when 'Connecting' then w.connect_deadline_at is null or w.lease_expires_at is null
      when 'Ready' then w.idle_since is null or w.lease_expires_at is null
      when 'Busy' then w.lease_expires_at is null
      when 'Terminating' then w.ending_at is null
      when 'Terminated' then w.terminated_at is null
      else false end
  )
  select jsonb_build_object('invariant', b.invariant, 'id', b.id, 'detail', b.detail) as doc
  from broken b order by b.invariant, b.id limit :limit::bigint`,
);

/** `id` names the run, or the worker where the invariant speaks of workers or machines. */
export interface Violation {
  readonly invariant: string;
  readonly id: string;
  readonly detail: string;
}
