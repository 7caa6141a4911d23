import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aKey } from "../support/factories.ts";
import { aFiring } from "../support/schedule-factories.ts";
import { openStore, type StoreFixture } from "../support/store-fixture.ts";
import { endOf } from "../support/store-scene.ts";
import { aTemplate, aTemplateRun, aVersion } from "../support/template-factories.ts";
import {
  anotherAttempt,
  apiKey,
  attempt,
  IF_GIVEN,
  logChunk,
  newKey,
  provider,
  run,
  type Subject,
  template,
  usageSpan,
  type Write,
  worker,
} from "./guarded-writes.ts";
import { SCHEDULE_REFUSED } from "./schedule-guarded-writes.ts";
import { scheduled, seen } from "./schedules.exam.ts";

let at: StoreFixture;
/** $1 of each write: a row of that kind. */
let ids: Record<Subject, string>;
beforeAll(async () => {
  at = await openStore();
  ids = await everyKind();
});
afterAll(() => at.close());

async function everyKind(): Promise<Record<Subject, string>> {
  const lost = await at.running();
  await at.lapse();
  const done = await at.running();
  await at.report(done);
  const [stopping, running] = [await at.running(), await at.running()];
  await at.cancel(stopping.runId);
  const [draining, terminated] = [await at.ready(), await at.ready()];
  await at.store.endWorkers([endOf(draining.workerId, "leaving")]);
  await at.store.endMachines([await at.machineEndOf(terminated.workerId)]);
  const { workerId: idle } = await at.ready();
  const [key, revoked] = ["1".repeat(16), "2".repeat(16)] as const;
  for (const id of [key, revoked]) await at.keys.create(aKey({ id, keySha256: id.repeat(4) }));
  await at.keys.revoke(revoked, null);
  return {
    ...{ waiting: await at.submit(), assigned: (await at.assigned()).runId },
    ...{ running: running.runId, succeeded: done.runId, stopping: stopping.runId },
    ...{ lost: lost.runId, idle, busy: running.workerId, terminating: lost.workerId },
    ...{ draining: draining.workerId, terminated: terminated.workerId },
    ...{ creating: await at.creating(), launched: await at.launched() },
    ...{ connecting: await at.connecting(), key, revoked },
    ...(await everyTemplate()),
    ...(await everySchedule()),
  };
}

async function everyTemplate(): Promise<Record<"template" | "archived" | "templated", string>> {
  const [template, archived] = [aTemplate({ name: "live" }), aTemplate({ name: "gone" })];
  for (const one of [template, archived]) await at.templates.createTemplate(one);
  await at.templates.addVersion(aVersion(template.id, 1));
  await at.templates.setStatus(archived.id, "Archived", null, null);
  const templated = aTemplateRun(template.id);
  await at.templates.insertTemplateRun(templated);
  return { template: template.id, archived: archived.id, templated: templated.id };
}

async function everySchedule(): Promise<Record<"schedule" | "fired", string>> {
  const { id: schedule } = await scheduled(at);
  const firing = aFiring(await seen(at, schedule));
  await at.schedules.fire(firing);
  return { schedule, fired: firing.run.id };
}

/** What each constraint and each guard refuses. */
const REFUSED: Readonly<Record<string, readonly Write[]>> = {
  ...SCHEDULE_REFUSED,
  control_one: [["waiting", "update hodei.control set one = $1::uuid is null"]],

  run_idempotency_key: [
    ["waiting", "update hodei.run set idempotency_key = 'k' where $1::uuid is not null"],
  ],
  run_phase_known: [run("waiting", "phase = 'Sleeping', pending_reason = null")],
  run_final_has_end: [
    run("waiting", "phase = 'Failed', reason = 'r', pending_reason = null"),
    run("waiting", "finished_at = now()"),
  ],
  run_final_has_reason: [
    run("waiting", "phase = 'Failed', finished_at = now(), pending_reason = null"),
    run("waiting", "reason = 'r'"),
  ],
  run_pending_has_reason: [
    run("waiting", "pending_reason = null"),
    run("running", "pending_reason = 'Queued'"),
  ],
  run_suspended_says_so: [
    run("waiting", "suspended_at = now()"),
    run("waiting", "pending_reason = 'Suspended'"),
    run("running", "suspended_at = now()"),
  ],
  run_blocked_is_pending: [run("running", "blocked_by = id")],
  run_verdict_complete: [
    run("waiting", "verdict_phase = 'Failed'"),
    run("waiting", "verdict_phase = 'Failed', verdict_reason = 'r'"),
    run("waiting", "verdict_phase = 'Succeeded', verdict_reason = 'r', verdict_at = now()"),
  ],
  run_verdict_is_kept: [run("stopping", "phase = 'Succeeded', reason = 'r', finished_at = now()")],
  run_spec_small: [
    [
      "waiting",
      `insert into hodei.run (id, name, spec, placement, shape, pending_reason, spec_digest,
         not_before, queue_rank, deadline_at, grace_ms, created_at)
       select gen_random_uuid(), name, to_jsonb(repeat('x', 49152)), placement, shape, pending_reason,
         spec_digest, not_before, queue_rank, deadline_at, grace_ms, created_at
       from hodei.run where id = $1`,
    ],
  ],
  run_fence_positive: [
    [
      "waiting",
      `insert into hodei.run (id, name, spec, placement, shape, pending_reason, spec_digest,
         not_before, queue_rank, deadline_at, grace_ms, created_at, fence)
       select gen_random_uuid(), name, spec, placement, shape, pending_reason,
         spec_digest, not_before, queue_rank, deadline_at, grace_ms, created_at, -1
       from hodei.run where id = $1`,
    ],
  ],
  run_final_is_immutable: [
    run("succeeded", "phase = 'Failed'"),
    run("succeeded", "phase = 'Running'"),
    run("succeeded", "fence = fence + 1"),
    run("succeeded", "reason = 'Other'"),
    run("succeeded", "finished_at = finished_at + interval '1 s'"),
    run("succeeded", "exit_code = 1"),
  ],
  run_fence_rises_by_one: [
    run("running", "fence = fence - 1"),
    run("running", "fence = fence + 2"),
  ],
  run_phase_move: [
    run("running", "phase = 'Assigned'"),
    run("waiting", "phase = 'Assigned', pending_reason = null"),
    run("waiting", "phase = 'Running', pending_reason = null"),
  ],
  run_verdict_stands: [
    run("stopping", "verdict_phase = 'Failed'"),
    run("stopping", "verdict_phase = null, verdict_reason = null, verdict_at = null"),
  ],
  run_events_only_grow: [run("running", "event_seq = event_seq - 1")],
  run_spec_is_snapshot: [run("waiting", "spec = '{}'")],

  attempt_execution_id: [["succeeded", anotherAttempt(2, "execution_id", "gen_random_uuid()")]],
  attempt_phase_known: [attempt("running", "phase = 'Paused', failure = 'app', ended_at = now()")],
  attempt_failure_known: [attempt("running", "failure = 'bad luck'")],
  attempt_live_is_open: [
    attempt("running", "ended_at = now()"),
    attempt("running", "phase = 'Failed', failure = 'app'"),
  ],
  attempt_running_started: [attempt("assigned", "phase = 'Running'")],
  attempt_unstarted: [
    attempt("assigned", "started_at = now()"),
    attempt(
      "assigned",
      "phase = 'Returned', failure = 'dispatch', ended_at = now(), started_at = now()",
    ),
  ],
  attempt_success_is_clean: [
    attempt("running", "phase = 'Succeeded', ended_at = now(), exit_code = 1"),
    attempt("running", "phase = 'Succeeded', ended_at = now(), exit_code = 0, failure = 'app'"),
    attempt("assigned", "phase = 'Succeeded', ended_at = now(), exit_code = 0"),
  ],
  attempt_end_has_class: [attempt("running", "phase = 'Failed', ended_at = now()")],
  attempt_one_live_per_run: [
    ["running", anotherAttempt(2, "gen_random_uuid()", "gen_random_uuid()")],
  ],
  attempt_one_live_per_worker: [
    [
      "busy",
      `insert into hodei.attempt (run_id, fence, execution_id, worker_id, assigned_at, accept_deadline_at)
       select id, 1, gen_random_uuid(), $1, now(), now() from hodei.run where phase = 'Pending' and fence = 0`,
    ],
  ],
  attempt_end_is_final: [
    attempt("succeeded", "phase = 'Failed', failure = 'app'"),
    attempt("succeeded", "phase = 'Running', ended_at = null"),
  ],
  attempt_never_revives: [attempt("lost", "phase = 'Running', failure = null, ended_at = null")],
  attempt_never_unstarts: [
    attempt("running", "phase = 'Assigned', started_at = null"),
    attempt("running", "phase = 'Returned', failure = 'dispatch', ended_at = now()"),
  ],
  attempt_one_result: [attempt("succeeded", "result_id = 'another'")],
  attempt_binding_is_fixed: [
    attempt("running", "worker_id = run_id"),
    attempt("running", "execution_id = run_id"),
  ],
  attempt_born_assigned: [
    [
      "waiting",
      `insert into hodei.attempt (run_id, fence, execution_id, worker_id, phase, assigned_at,
         accept_deadline_at, started_at)
       values ($1, 1, gen_random_uuid(), gen_random_uuid(), 'Running', now(), now(), now())`,
    ],
  ],

  worker_launch_token: [
    [
      "creating",
      `insert into hodei.worker (id, provider, profile, cpu_millis, memory_mib, launch_token,
         launch_request, launch_after, token_key_id, token_sha256, created_at)
       select gen_random_uuid(), provider, profile, cpu_millis, memory_mib, launch_token,
         launch_request, launch_after, token_key_id, token_sha256, created_at
       from hodei.worker where id = $1`,
    ],
  ],
  worker_external_id: [
    worker("creating", "external_id = (select max(external_id) from hodei.worker)"),
  ],
  worker_phase_known: [worker("idle", "phase = 'Resting'")],
  worker_busy_holds_run: [
    worker("idle", "phase = 'Busy'"),
    worker("idle", "run_id = id, run_fence = 1"),
    worker("creating", "run_id = id, run_fence = 1"),
    worker(
      "terminating",
      "phase = 'Terminated', terminated_at = now(), run_id = id, run_fence = 1",
    ),
  ],
  worker_run_has_fence: [worker("draining", "run_id = id"), worker("draining", "run_fence = 1")],
  worker_session_needs_token: [worker("creating", "session_sha256 = 's'")],
  worker_serving_has_lease: [
    worker("idle", "lease_expires_at = null"),
    worker("connecting", "lease_expires_at = null"),
    worker("busy", "lease_expires_at = null"),
  ],
  worker_terminated_has_end: [
    worker("idle", "phase = 'Terminated'"),
    worker("idle", "terminated_at = now()"),
  ],
  worker_terminated_is_final: [worker("terminated", "phase = 'Ready', terminated_at = null")],
  worker_never_returns: [
    worker("terminating", "phase = 'Ready'"),
    worker("terminating", "phase = 'Draining'"),
    worker("draining", "phase = 'Ready'"),
  ],
  worker_epoch_rises: [worker("idle", "session_epoch = session_epoch - 1")],
  worker_token_is_one_shot: [
    worker("connecting", "session_sha256 = 'thief'"),
    worker("connecting", "token_consumed_at = null, session_sha256 = null"),
    worker("connecting", "token_consumed_at = now()"),
  ],
  worker_launch_is_frozen: [
    worker("creating", "launch_token = 'another'"),
    worker("creating", "launch_request = '{}'"),
  ],
  worker_one_machine: [
    worker("launched", "external_id = 'another'"),
    worker("launched", "external_id = null"),
  ],

  job_template_name: [
    [
      "template",
      `insert into hodei.job_template (id, name, created_at, updated_at)
       select gen_random_uuid(), name, created_at, updated_at from hodei.job_template where id = $1`,
    ],
  ],
  template_status_known: [template("template", "status = 'Paused'")],
  template_archived_has_end: [
    template("template", "status = 'Archived'"),
    template("template", "archived_at = now()"),
  ],
  template_version_positive: [
    [
      "template",
      `insert into hodei.job_template (id, name, version, created_at, updated_at)
       select gen_random_uuid(), 'other', 0, created_at, updated_at from hodei.job_template where id = $1`,
    ],
  ],
  template_run_seq_positive: [
    [
      "template",
      `insert into hodei.job_template (id, name, run_seq, created_at, updated_at)
       select gen_random_uuid(), 'other', -1, created_at, updated_at from hodei.job_template where id = $1`,
    ],
  ],
  template_archived_is_final: [
    template("archived", "status = 'Active', archived_at = null"),
    template("archived", "version = version + 1"),
    template("archived", "run_seq = run_seq + 1"),
  ],
  template_version_rises_by_one: [
    template("template", "version = version - 1"),
    template("template", "version = version + 2"),
  ],
  template_numbers_only_grow: [template("template", "run_seq = run_seq - 1")],
  template_name_is_fixed: [template("template", "name = 'other'")],
  template_version_is_immutable: [
    ["template", "update hodei.job_template_version set spec = '{}' where template_id = $1"],
    ["template", "update hodei.job_template_version set version = 9 where template_id = $1"],
  ],
  run_template_complete: [
    [
      "templated",
      `insert into hodei.run (id, name, spec, placement, shape, pending_reason, spec_digest,
         not_before, queue_rank, deadline_at, grace_ms, created_at, template_id)
       select gen_random_uuid(), name, spec, placement, shape, pending_reason,
         spec_digest, not_before, queue_rank, deadline_at, grace_ms, created_at, template_id
       from hodei.run where id = $1`,
    ],
  ],
  run_template_number: [
    [
      "templated",
      `insert into hodei.run (id, name, spec, placement, shape, pending_reason, spec_digest, not_before,
         queue_rank, deadline_at, grace_ms, created_at, template_id, template_version, template_number, parameters)
       select gen_random_uuid(), name, spec, placement, shape, pending_reason, spec_digest, not_before,
         queue_rank, deadline_at, grace_ms, created_at, template_id, template_version, template_number, parameters
       from hodei.run where id = $1`,
    ],
  ],
  run_origin_is_fixed: [
    run("templated", "template_number = 7"),
    run("templated", "template_version = 2"),
    run("templated", "parameters = '{}'"),
    run("waiting", "rerun_of = id"),
    run("fired", "scheduled_for = null"),
    run("fired", "schedule_id = id"),
  ],
  provider_name: [provider("gen_random_uuid(), name, kind, false")],
  provider_of_install: [provider("gen_random_uuid(), 'second', kind, true")],
  provider_kind_known: [provider("gen_random_uuid(), 'odd', 'abacus', false")],
  provider_status_known: [["waiting", `update hodei.provider set status = 'Asleep' ${IF_GIVEN}`]],
  provider_max_workers_positive: [
    ["waiting", `update hodei.provider set max_workers = -1 ${IF_GIVEN}`],
  ],

  usage_has_reports: [["running", usageSpan("hodei.clock()", 0)]],
  usage_lasts: [["running", usageSpan("hodei.clock() - interval '1 s'", 1)]],

  log_chunk_small: [["running", logChunk(1, 32769)]],
  log_chunk_seq_positive: [["running", logChunk(0, 1)]],

  audit_event_names_all: [
    ["key", `insert into hodei.audit_event (at, type, actor, subject) values (now(), '', 'a', $1)`],
    ["key", `insert into hodei.audit_event (at, type, actor, subject) values (now(), 't', '', $1)`],
  ],
  audit_event_is_immutable: [
    ["key", "update hodei.audit_event set actor = 'other' where subject = $1"],
    ["key", "update hodei.audit_event set at = at - interval '1 year' where subject = $1"],
  ],
  audit_event_is_kept: [["key", "delete from hodei.audit_event where subject = $1"]],

  api_key_id_form: [apiKey("key", "id = 'short'"), apiKey("key", "id = upper(repeat('a', 16))")],
  api_key_name_length: [apiKey("key", "name = ''"), apiKey("key", "name = repeat('a', 64)")],
  api_key_scope_known: [newKey("scope", "'root'")],
  api_key_digest_form: [newKey("key_sha256", "'secret'")],
  api_key_expires_later: [newKey("expires_at", "created_at")],
  api_key_stays_revoked: [
    apiKey("revoked", "revoked_at = null"),
    apiKey("revoked", "revoked_at = revoked_at + interval '1 s'"),
  ],
  api_key_is_frozen: [
    apiKey("key", "scope = 'admin'"),
    apiKey("key", "key_sha256 = repeat('b', 64)"),
    apiKey("key", "expires_at = created_at + interval '1 day'"),
  ],
};

describe.each(Object.entries(REFUSED))("%s", (constraint, writes) => {
  test.each(writes)("refuses for a row that is %s: %s", async (subject, sql) => {
    const before = await at.tables.everything();
    await expect(at.tables.write(sql, [ids[subject]])).rejects.toMatchObject({ constraint });
    expect(await at.tables.everything()).toEqual(before);
  });
});

test("no constraint and no guard without a test", async () => {
  const constraints = await at.tables.rows(
    `select conname as name from pg_constraint where connamespace = 'hodei'::regnamespace
       and contype in ('c', 'u') and conrelid <> 'hodei.migration'::regclass
     union all
     select (select relname from pg_class where oid = indexrelid) from pg_index
       where indisunique and indrelid in (select oid from pg_class where relnamespace = 'hodei'::regnamespace)
       and not exists (select from pg_constraint where conindid = indexrelid)
     union all
     select (regexp_matches(prosrc, 'hodei.refuse\\(''(\\w+)''', 'g'))[1] from pg_proc
       where pronamespace = 'hodei'::regnamespace`,
  );
  expect(Object.keys(REFUSED).sort()).toEqual(constraints.map(({ name }) => String(name)).sort());
});
