import { defineStatement } from "../sql-client.ts";
import { newRunFields, pokeForNewRuns, queueBound, storedRunsAnswer } from "./new-runs.ts";

/**
 * Stores one run of a template with the template's next number, its secrets and its first event. The
 * row of the template is locked first, so numbers are given one after the other, and a run and an archive
 * of one template are in an order. Nothing is stored, and the number not spent, when the template is not
 * Active, the queue is full, or the id or idempotency key is there already: also when its holder commits
 * while this statement waits.
 *
 * Gateways are told as in `insert-runs`, where the columns are explained.
 */
export const insertTemplateRun = defineStatement(
  "insert-template-run",
  `with t as materialized (select hodei.clock() as now),
  ${queueBound},
  x as materialized (
    select d.*, greatest(t.now, d."startAfter") as due, t.now
    from t, json_to_recordset(:doc::json) as d(
      ${newRunFields},
      "templateId" uuid, "templateVersion" integer, parameters json, secrets jsonb)
  ),
  locked_template as materialized (
    select j.id, j.run_seq + 1 as number from hodei.job_template j join x on j.id = any(array[x."templateId"])
    where j.status = 'Active' and not (select is_full from queue)
    for update of j
  ),
  new_run as (
    insert into hodei.run (id, name, spec, placement, shape, labels, priority, phase, pending_reason,
      fence, event_seq, submitted_by, idempotency_key, spec_digest, not_before, queue_rank,
      deadline_at, attempt_timeout_ms, grace_ms, ttl_ms, rerun_of, created_at, suspended_at,
      template_id, template_version, template_number, parameters)
    select x.id, x.name, x.spec, x.placement, x.shape, coalesce(x.labels, '{}'), x.priority, 'Pending',
      case when x.suspend then 'Suspended' when x.due > x.now then 'StartAfter' else 'Queued' end,
      0, 1, x."submittedBy", x."idempotencyKey", x.digest, x.due,
      x.due - make_interval(secs => x.priority * :ageingSeconds::float8),
      case when x.suspend then 'infinity' else x.due + hodei.millis(x."deadlineMs") end,
      x."attemptTimeoutMs", x."graceMs", x."ttlMs", x."rerunOf", x.now, case when x.suspend then x.now end,
      lt.id, x."templateVersion", lt.number, x.parameters
    from x, locked_template lt
    on conflict do nothing
    returning id, created_at, not_before, deadline_at, pending_reason, worker_id, suspended_at, template_id,
      template_number
  ),
  spent as (
    update hodei.job_template j set run_seq = n.template_number
    from new_run n where j.id = any(array[n.template_id])
  ),
  new_secret as (
    insert into hodei.run_secret (run_id, secrets)
    select n.id, x.secrets from new_run n join x on x.id = n.id where x.secrets is not null
  ),
  new_event as (
    insert into hodei.run_event (run_id, seq, at, type) select id, 1, created_at, 'Submitted' from new_run
  ),
  ${pokeForNewRuns()}
  ${storedRunsAnswer("'number', n.template_number, ")}`,
);
