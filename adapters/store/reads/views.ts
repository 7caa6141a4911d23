import { defineStatement } from "../sql-client.ts";

/** What the lists of runs say of each run `r`. */
export const runSummary = `'id', r.id, 'name', r.name, 'phase', r.phase,
  'reason', coalesce(r.reason, r.verdict_reason, r.pending_reason), 'message', r.message, 'labels', r.labels,
  'priority', r.priority, 'attempts', r.fence, 'workerId', r.worker_id, 'exitCode', r.exit_code,
  'stopping', r.verdict_phase is not null and r.finished_at is null,
  'createdAt', hodei.ms(r.created_at), 'startedAt', hodei.ms(r.started_at),
  'finishedAt', hodei.ms(r.finished_at),
  'notBefore', case when r.phase = 'Pending' then hodei.ms(r.not_before) end, 'rerunOf', r.rerun_of,
  'template', case when r.template_id is not null then jsonb_build_object('id', r.template_id,
    'name', (select j.name from hodei.job_template j where j.id = any(array[r.template_id])),
    'version', r.template_version, 'number', r.template_number) end`;

export const viewRun = defineStatement(
  "view-run",
  `select jsonb_build_object(${runSummary}, 'spec', r.spec, 'parameters', r.parameters, 'submittedBy', r.submitted_by,
    'deadlineAt', hodei.ms(nullif(r.deadline_at, 'infinity'))) as doc from hodei.run r where r.id = :id::uuid`,
);

/** Newest first; `phases` and `labels` are json documents, empty = any. */
export const viewRuns = defineStatement(
  "view-runs",
  `select jsonb_build_object(${runSummary}, 'cursor', to_char(r.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24-MI-SS.US')) as doc
  from hodei.run r
  where (:phases::jsonb = '[]'::jsonb or r.phase in (select jsonb_array_elements_text(:phases::jsonb)))
    and r.labels @> :labels::jsonb
    and (:beforeAt::text is null or (r.created_at, r.id) <
      (to_timestamp(:beforeAt::text, 'YYYY-MM-DD"T"HH24-MI-SS.US')::timestamp at time zone 'UTC', :beforeId::uuid))
  order by r.created_at desc, r.id desc limit :limit::bigint`,
);

export const viewAttempts = defineStatement(
  "view-attempts",
  `select jsonb_build_object('number', a.fence, 'executionId', a.execution_id, 'workerId', a.worker_id,
    'phase', a.phase, 'failure', a.failure, 'exitCode', a.exit_code, 'signal', a.signal, 'message', a.message,
    'assignedAt', hodei.ms(a.assigned_at), 'startedAt', hodei.ms(a.started_at), 'endedAt', hodei.ms(a.ended_at),
    'logLastSeq', a.log_last_seq, 'decision', a.decision) as doc
  from hodei.attempt a where a.run_id = :id::uuid order by a.fence limit 1000`,
);

export const viewEvents = defineStatement(
  "view-events",
  `select jsonb_build_object('seq', e.seq, 'at', hodei.ms(e.at), 'type', e.type, 'attempt', e.fence,
    'workerId', e.worker_id, 'reason', e.reason, 'message', e.message) as doc
  from hodei.run_event e where e.run_id = :id::uuid and e.seq > :since::bigint order by e.seq limit :limit::bigint`,
);

/** One walk through all runs that are kept. */
export const viewRunCounts = defineStatement(
  "view-run-counts",
  `select jsonb_build_object('pending', count(*) filter (where r.phase = 'Pending'),
    'assigned', count(*) filter (where r.phase = 'Assigned'),
    'running', count(*) filter (where r.phase = 'Running'),
    'succeeded', count(*) filter (where r.phase = 'Succeeded'),
    'failed', count(*) filter (where r.phase = 'Failed'),
    'cancelled', count(*) filter (where r.phase = 'Cancelled'),
    'at', hodei.ms(hodei.clock())) as doc
  from hodei.run r`,
);

/** `phases`: [] = as `all` says; `requirements`: json documents, of which every one must hold. */
export const viewWorkers = defineStatement(
  "view-workers",
  `select jsonb_build_object('id', w.id, 'phase', w.phase, 'profile', w.profile, 'cpuMillis', w.cpu_millis,
    'memoryMib', w.memory_mib, 'labels', w.labels, 'reason', w.reason, 'message', w.message,
    'machineId', w.external_id, 'runId', w.run_id, 'runsTaken', w.runs_taken,
    'createdAt', hodei.ms(w.created_at), 'readyAt', hodei.ms(w.ready_at),
    'lastHeartbeatAt', hodei.ms(w.last_heartbeat_at), 'terminatedAt', hodei.ms(w.terminated_at)) as doc
  from (select hodei.clock() as now) t, hodei.worker w
  where case when :phases::jsonb = '[]'::jsonb then :all::boolean or w.phase <> 'Terminated'
      else :phases::jsonb @> to_jsonb(w.phase) end
    and w.cpu_millis >= :cpuMillisMin::bigint and w.memory_mib >= :memoryMibMin::bigint
    and (:heardWithinMs::float8 is null or w.last_heartbeat_at >= t.now - hodei.millis(:heardWithinMs::float8))
    and not exists (select from jsonb_to_recordset(:requirements::jsonb) as q(key text, operator text, "values" jsonb)
      where case q.operator when 'In' then not coalesce(q.values @> jsonb_build_array(w.labels -> q.key), false)
        when 'NotIn' then coalesce(q.values @> jsonb_build_array(w.labels -> q.key), false)
        when 'Exists' then w.labels -> q.key is null else w.labels -> q.key is not null end)
  order by w.created_at desc, w.id limit :limit::bigint`,
);
