import { defineStatement } from "../sql-client.ts";
import { newRunFields, pokeForNewRuns, queueBound, storedRunsAnswer } from "./new-runs.ts";

/** What a statement has besides when a schedule makes the run: pieces of its text. */
interface Scheduled {
  readonly fields: string;
  readonly lock: string;
  readonly join: string;
  readonly columns: string;
  readonly values: string;
  readonly move: string;
}

const templateRunText = (scheduled: Scheduled): string =>
  `with t as materialized (select hodei.clock() as now),
  ${queueBound},
  x as materialized (
    select d.*, greatest(t.now, d."startAfter") as due, t.now
    from t, json_to_recordset(:doc::json) as d(
      ${newRunFields},
      "templateId" uuid, "templateVersion" integer, parameters json, secrets jsonb${scheduled.fields})
  ),
  ${scheduled.lock}locked_template as materialized (
    select j.id, j.run_seq + 1 as number from hodei.job_template j ${scheduled.join}
    where j.status = 'Active' and not (select is_full from queue)
    for update of j
  ),
  new_run as (
    insert into hodei.run (id, name, spec, placement, shape, labels, priority, phase, pending_reason,
      fence, event_seq, submitted_by, idempotency_key, spec_digest, not_before, queue_rank,
      deadline_at, attempt_timeout_ms, grace_ms, ttl_ms, rerun_of, created_at, suspended_at,
      template_id, template_version, template_number, parameters${scheduled.columns})
    select x.id, x.name, x.spec, x.placement, x.shape, coalesce(x.labels, '{}'), x.priority, 'Pending',
      case when x.suspend then 'Suspended' when x.due > x.now then 'StartAfter' else 'Queued' end,
      0, 1, x."submittedBy", x."idempotencyKey", x.digest, x.due,
      x.due - make_interval(secs => x.priority * :ageingSeconds::float8),
      case when x.suspend then 'infinity' else x.due + hodei.millis(x."deadlineMs") end,
      x."attemptTimeoutMs", x."graceMs", x."ttlMs", x."rerunOf", x.now, case when x.suspend then x.now end,
      lt.id, x."templateVersion", lt.number, x.parameters${scheduled.values}
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
  ${scheduled.move}${pokeForNewRuns()}
  ${storedRunsAnswer("'number', n.template_number, ")}`;

const UNSCHEDULED: Scheduled = {
  fields: "",
  lock: "",
  join: `join x on j.id = any(array[x."templateId"])`,
  columns: "",
  values: "",
  move: "",
};

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
  templateRunText(UNSCHEDULED),
);

/**
 * The same for a schedule, which is locked before its template, must be at the version that the caller
 * decided on, and goes to its next time: one run for each version, so two that fire at once make one. The
 * schedule moves also when the time has its run already; then no run is made.
 */
export const fireSchedule = defineStatement(
  "fire-schedule",
  templateRunText({
    fields: `,
      "scheduleId" uuid, "scheduleVersion" integer, "scheduledFor" timestamptz, "nextFireAt" timestamptz,
      "firingMessage" text`,
    lock: `locked_schedule as materialized (
    select s.id, s.template_id from hodei.schedule s join x on s.id = any(array[x."scheduleId"])
    where s.version = x."scheduleVersion"
    for update of s
  ),
  `,
    join: "join locked_schedule ls on j.id = any(array[ls.template_id])",
    columns: ", schedule_id, scheduled_for",
    values: `, x."scheduleId", x."scheduledFor"`,
    move: `moved_schedule as (
    update hodei.schedule s set version = s.version + 1, next_fire_at = x."nextFireAt",
      enabled = x."nextFireAt" is not null,
      disabled_reason = case when x."nextFireAt" is null then coalesce(s.disabled_reason, 'it is due no more') end,
      misfires = 0, last_at = coalesce(x."scheduledFor", x.now), last_result = 'Fired', last_message = x."firingMessage"
    from x, locked_template lt where s.id = any(array[x."scheduleId"])
  ),
  `,
  }),
);
