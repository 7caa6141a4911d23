-- What the migrations add up to. Made by `npm run db:dump`; never edited, never executed.

create schema hodei;

create table hodei.api_key (
  id text not null,
  name text not null,
  scope text not null,
  key_sha256 text not null,
  created_by text,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  last_used_at timestamp with time zone,
  revoked_at timestamp with time zone,
  constraint api_key_pkey PRIMARY KEY (id),
  constraint api_key_digest_form CHECK (key_sha256 ~ '^[0-9a-f]{64}$'::text),
  constraint api_key_expires_later CHECK (expires_at > created_at),
  constraint api_key_id_form CHECK (id ~ '^[0-9a-f]{16}$'::text),
  constraint api_key_name_length CHECK (length(name) >= 1 AND length(name) <= 63),
  constraint api_key_scope_known CHECK (scope = ANY (ARRAY['read'::text, 'submit'::text, 'admin'::text]))
);
CREATE TRIGGER guard_api_key BEFORE UPDATE ON hodei.api_key FOR EACH ROW EXECUTE FUNCTION hodei.guard_api_key();

create table hodei.attempt (
  run_id uuid not null,
  fence bigint not null,
  execution_id uuid not null,
  worker_id uuid not null,
  phase text default 'Assigned'::text not null,
  failure text,
  exit_code integer,
  signal text,
  message text,
  result_id text,
  log_last_seq bigint,
  assigned_at timestamp with time zone not null,
  accept_deadline_at timestamp with time zone not null,
  started_at timestamp with time zone,
  reported_at timestamp with time zone,
  timeout_at timestamp with time zone,
  ended_at timestamp with time zone,
  manual boolean default false not null,
  progress integer,
  decision json,
  constraint attempt_pkey PRIMARY KEY (run_id, fence),
  constraint attempt_execution_id UNIQUE (execution_id),
  constraint attempt_end_has_class CHECK ((phase = ANY (ARRAY['Assigned'::text, 'Running'::text, 'Succeeded'::text])) OR failure IS NOT NULL),
  constraint attempt_failure_known CHECK (failure = ANY (ARRAY['app'::text, 'oom'::text, 'timeout'::text, 'worker-lost'::text, 'dispatch'::text, 'deadline'::text, 'stopped'::text])),
  constraint attempt_live_is_open CHECK ((phase = ANY (ARRAY['Assigned'::text, 'Running'::text])) = (ended_at IS NULL)),
  constraint attempt_phase_known CHECK (phase = ANY (ARRAY['Assigned'::text, 'Running'::text, 'Succeeded'::text, 'Failed'::text, 'Stopped'::text, 'Returned'::text, 'Lost'::text])),
  constraint attempt_running_started CHECK (phase <> 'Running'::text OR started_at IS NOT NULL),
  constraint attempt_success_is_clean CHECK (phase <> 'Succeeded'::text OR failure IS NULL AND exit_code = 0 AND started_at IS NOT NULL),
  constraint attempt_unstarted CHECK ((phase <> ALL (ARRAY['Assigned'::text, 'Returned'::text])) OR started_at IS NULL)
);
CREATE UNIQUE INDEX attempt_one_live_per_run ON hodei.attempt USING btree (run_id) WHERE (ended_at IS NULL);
CREATE UNIQUE INDEX attempt_one_live_per_worker ON hodei.attempt USING btree (worker_id) WHERE (ended_at IS NULL);
CREATE TRIGGER guard_attempt BEFORE UPDATE ON hodei.attempt FOR EACH ROW WHEN (((old.ended_at IS NOT NULL) OR (old.result_id IS NOT NULL) OR (new.worker_id <> old.worker_id) OR (new.execution_id <> old.execution_id) OR ((old.phase = 'Running'::text) AND (new.phase <> 'Running'::text) AND (new.ended_at IS NULL)) OR (new.phase = 'Returned'::text))) EXECUTE FUNCTION hodei.guard_attempt();
CREATE TRIGGER guard_attempt_insert BEFORE INSERT ON hodei.attempt FOR EACH ROW WHEN ((new.phase <> 'Assigned'::text)) EXECUTE FUNCTION hodei.guard_attempt_insert();
comment on column hodei.attempt.reported_at is 'Last time the worker itself named this attempt as its own.';
comment on column hodei.attempt.timeout_at is 'When the tick ends the attempt although its worker did not; later than the worker''s own limit.';
comment on column hodei.attempt.manual is 'Made and ended by calls, not by a worker: it has no row in hodei.worker and no lease.';
comment on column hodei.attempt.progress is 'Percent, as its caller said last; null = never.';
comment on column hodei.attempt.decision is 'Why this worker; null: the tightest fit, idle for longest.';

create table hodei.control (
  one boolean default true not null,
  install_id text default replace((gen_random_uuid())::text, '-'::text, ''::text) not null,
  lease_floor timestamp with time zone default '-infinity'::timestamp with time zone not null,
  gateways_live_until timestamp with time zone,
  launch_epoch bigint default 0 not null,
  launch_tokens double precision default 100 not null,
  launch_tokens_at timestamp with time zone default clock_timestamp() not null,
  pending_count bigint default 0 not null,
  swept_at timestamp with time zone default '-infinity'::timestamp with time zone not null,
  scheduler jsonb,
  scheduler_version bigint default 0 not null,
  constraint control_pkey PRIMARY KEY (one),
  constraint control_one CHECK (one)
);
comment on column hodei.control.lease_floor is 'Nobody is declared lost before this instant: survivors of an outage return first.';
comment on column hodei.control.gateways_live_until is 'A lease after the last beat of any gateway; null: none ever beat. Later than that nobody could renew a lease.';
comment on column hodei.control.launch_epoch is 'Raised by every statement that creates workers: two passes cannot both spend one demand.';
comment on column hodei.control.scheduler is 'What was configured of scheduling; null: nothing, the defaults of the code.';
comment on column hodei.control.scheduler_version is 'Raised with every change of it.';

create table hodei.gateway (
  id uuid not null,
  address text not null,
  started_at timestamp with time zone not null,
  beat_at timestamp with time zone not null,
  constraint gateway_pkey PRIMARY KEY (id)
);

create table hodei.job_template (
  id uuid not null,
  name text not null,
  status text default 'Active'::text not null,
  version integer default 1 not null,
  run_seq bigint default 0 not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  archived_at timestamp with time zone,
  constraint job_template_pkey PRIMARY KEY (id),
  constraint template_archived_has_end CHECK ((status = 'Archived'::text) = (archived_at IS NOT NULL)),
  constraint template_run_seq_positive CHECK (run_seq >= 0),
  constraint template_status_known CHECK (status = ANY (ARRAY['Active'::text, 'Disabled'::text, 'Archived'::text])),
  constraint template_version_positive CHECK (version >= 1)
);
CREATE INDEX job_template_listed ON hodei.job_template USING btree (name, id);
CREATE UNIQUE INDEX job_template_name ON hodei.job_template USING btree (name) WHERE (archived_at IS NULL);
CREATE TRIGGER guard_template BEFORE UPDATE ON hodei.job_template FOR EACH ROW EXECUTE FUNCTION hodei.guard_template();
comment on column hodei.job_template.version is 'The newest version.';
comment on column hodei.job_template.run_seq is 'The number of the newest run; a number is never given twice, also when its run is deleted.';

create table hodei.job_template_version (
  template_id uuid not null,
  version integer not null,
  description text not null,
  labels jsonb not null,
  spec json not null,
  parameters json not null,
  created_by text,
  created_at timestamp with time zone not null,
  constraint job_template_version_pkey PRIMARY KEY (template_id, version)
);
CREATE TRIGGER guard_template_version BEFORE UPDATE ON hodei.job_template_version FOR EACH ROW EXECUTE FUNCTION hodei.guard_template_version();

create table hodei.log_chunk (
  run_id uuid not null,
  fence bigint not null,
  seq bigint not null,
  is_stderr boolean not null,
  at timestamp with time zone not null,
  data bytea not null,
  dropped_bytes bigint,
  dropped_lines bigint,
  constraint log_chunk_pkey PRIMARY KEY (run_id, fence, seq),
  constraint log_chunk_seq_positive CHECK (seq > 0),
  constraint log_chunk_small CHECK (octet_length(data) <= 32768)
);

create table hodei.migration (
  number integer not null,
  name text not null,
  breaking boolean not null,
  sha256 text not null,
  applied_at timestamp with time zone default now() not null,
  constraint migration_pkey PRIMARY KEY (number)
);

create table hodei.provider (
  id uuid not null,
  name text not null,
  kind text not null,
  status text default 'Active'::text not null,
  of_install boolean default false not null,
  priority integer default 0 not null,
  max_workers bigint not null,
  document jsonb default '{}'::jsonb not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint provider_pkey PRIMARY KEY (id),
  constraint provider_name UNIQUE (name),
  constraint provider_kind_known CHECK (kind = ANY (ARRAY['docker'::text, 'kubernetes'::text, 'fargate'::text, 'cloud-run'::text, 'container-apps'::text, 'lambda'::text, 'cloud-functions'::text, 'azure-functions'::text, 'ec2'::text, 'compute-engine'::text, 'azure-vms'::text, 'bare-metal'::text, 'custom'::text])),
  constraint provider_max_workers_positive CHECK (max_workers >= 0),
  constraint provider_status_known CHECK (status = ANY (ARRAY['Active'::text, 'Maintenance'::text, 'Disabled'::text, 'Overloaded'::text, 'Unhealthy'::text, 'Degraded'::text]))
);
CREATE UNIQUE INDEX provider_of_install ON hodei.provider USING btree (of_install) WHERE of_install;
comment on column hodei.provider.max_workers is 'Of the install''s own it is not read: its machine profiles say it.';
comment on column hodei.provider.document is 'What its owner says of it and nothing here decides on.';

create table hodei.run (
  id uuid not null,
  name text not null,
  spec json not null,
  placement json not null,
  shape text not null,
  labels jsonb default '{}'::jsonb not null,
  priority integer default 0 not null,
  phase text default 'Pending'::text not null,
  reason text,
  message text,
  pending_reason text,
  fence bigint default 0 not null,
  event_seq bigint default 1 not null,
  submitted_by text,
  idempotency_key text,
  spec_digest text not null,
  not_before timestamp with time zone not null,
  queue_rank timestamp with time zone not null,
  deadline_at timestamp with time zone not null,
  attempt_timeout_ms bigint,
  grace_ms bigint not null,
  ttl_ms bigint,
  blocked_by uuid,
  verdict_phase text,
  verdict_reason text,
  verdict_message text,
  verdict_at timestamp with time zone,
  worker_id uuid,
  exit_code integer,
  created_at timestamp with time zone not null,
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  expires_at timestamp with time zone,
  template_id uuid,
  template_version integer,
  template_number bigint,
  parameters json,
  rerun_of uuid,
  suspended_at timestamp with time zone,
  constraint run_pkey PRIMARY KEY (id),
  constraint run_blocked_is_pending CHECK (blocked_by IS NULL OR phase = 'Pending'::text),
  constraint run_fence_positive CHECK (fence >= 0),
  constraint run_final_has_end CHECK ((phase = ANY (ARRAY['Succeeded'::text, 'Failed'::text, 'Cancelled'::text])) = (finished_at IS NOT NULL)),
  constraint run_final_has_reason CHECK ((phase = ANY (ARRAY['Succeeded'::text, 'Failed'::text, 'Cancelled'::text])) = (reason IS NOT NULL)),
  constraint run_pending_has_reason CHECK ((phase = 'Pending'::text) = (pending_reason IS NOT NULL)),
  constraint run_phase_known CHECK (phase = ANY (ARRAY['Pending'::text, 'Assigned'::text, 'Running'::text, 'Succeeded'::text, 'Failed'::text, 'Cancelled'::text])),
  constraint run_suspended_says_so CHECK ((suspended_at IS NOT NULL) = (NOT pending_reason IS DISTINCT FROM 'Suspended'::text)),
  constraint run_template_complete CHECK ((template_id IS NULL) = (template_version IS NULL) AND (template_id IS NULL) = (template_number IS NULL) AND (template_id IS NULL) = (parameters IS NULL)),
  constraint run_verdict_complete CHECK ((verdict_phase IS NULL) = (verdict_reason IS NULL) AND (verdict_phase IS NULL) = (verdict_at IS NULL) AND (verdict_phase IS NULL OR (verdict_phase = ANY (ARRAY['Failed'::text, 'Cancelled'::text])))),
  constraint run_verdict_is_kept CHECK (verdict_phase IS NULL OR finished_at IS NULL OR phase = verdict_phase)
);
CREATE INDEX run_blocked ON hodei.run USING btree (blocked_by) WHERE (blocked_by IS NOT NULL);
CREATE INDEX run_deadline ON hodei.run USING btree (deadline_at) WHERE ((pending_reason IS NOT NULL) AND (verdict_phase IS NULL));
CREATE INDEX run_expiry ON hodei.run USING btree (expires_at) WHERE (expires_at IS NOT NULL);
CREATE UNIQUE INDEX run_idempotency_key ON hodei.run USING btree (idempotency_key) WHERE (idempotency_key IS NOT NULL);
CREATE INDEX run_newest ON hodei.run USING btree (created_at DESC, id DESC);
CREATE INDEX run_queue ON hodei.run USING btree (shape, queue_rank, id) WHERE ((pending_reason IS NOT NULL) AND (blocked_by IS NULL) AND (suspended_at IS NULL));
CREATE UNIQUE INDEX run_template_number ON hodei.run USING btree (template_id, template_number) WHERE (template_id IS NOT NULL);
CREATE TRIGGER guard_run BEFORE UPDATE ON hodei.run FOR EACH ROW WHEN (((old.finished_at IS NOT NULL) OR (old.verdict_phase IS NOT NULL) OR (new.fence <> old.fence) OR (new.event_seq < old.event_seq) OR ((new.phase = 'Assigned'::text) AND (old.phase <> 'Assigned'::text)) OR ((new.phase = 'Running'::text) AND (old.phase <> 'Running'::text) AND (old.phase <> 'Assigned'::text)))) EXECUTE FUNCTION hodei.guard_run();
CREATE TRIGGER guard_run_insert BEFORE INSERT ON hodei.run FOR EACH ROW WHEN ((octet_length((new.spec)::text) > 49152)) EXECUTE FUNCTION hodei.guard_run_insert();
CREATE TRIGGER guard_run_origin BEFORE UPDATE OF template_id, template_version, template_number, parameters, rerun_of ON hodei.run FOR EACH ROW EXECUTE FUNCTION hodei.guard_run_origin();
CREATE TRIGGER guard_run_spec BEFORE UPDATE OF spec ON hodei.run FOR EACH ROW EXECUTE FUNCTION hodei.guard_run();
comment on column hodei.run.shape is 'Digest of what placement looks at; runs of one shape wait for the same workers.';
comment on column hodei.run.fence is 'Number of the newest attempt; rises by one with each assignment and refuses every write of an older one.';
comment on column hodei.run.queue_rank is 'Place in the queue: the instant it became due, moved back by its priority, so that waiting gains rank.';
comment on column hodei.run.blocked_by is 'The worker whose machine must be gone before a successor starts (replacement AfterGone).';
comment on column hodei.run.verdict_phase is 'How the run must end, stored before its live attempt is stopped.';
comment on column hodei.run.parameters is 'Values by name, null in place of a secret one.';
comment on column hodei.run.rerun_of is 'The run that this one was made from; it may be deleted.';
comment on column hodei.run.suspended_at is 'Since when it is suspended: not placed, not provisioned for, no deadline; null = it is not.';

create table hodei.run_event (
  run_id uuid not null,
  seq bigint not null,
  at timestamp with time zone not null,
  type text not null,
  fence bigint,
  worker_id uuid,
  reason text,
  message text,
  constraint run_event_pkey PRIMARY KEY (run_id, seq)
);

create table hodei.run_secret (
  run_id uuid not null,
  secrets jsonb not null,
  constraint run_secret_pkey PRIMARY KEY (run_id)
);

create table hodei.usage (
  run_id uuid not null,
  fence bigint not null,
  at timestamp with time zone not null,
  worker_id uuid not null,
  first_at timestamp with time zone not null,
  last_at timestamp with time zone not null,
  reports integer not null,
  cpu_sum double precision not null,
  cpu_max double precision not null,
  memory_sum double precision not null,
  memory_max double precision not null,
  memory_total double precision not null,
  disk_max double precision not null,
  custom json not null,
  constraint usage_pkey PRIMARY KEY (run_id, fence, at),
  constraint usage_has_reports CHECK (reports > 0),
  constraint usage_lasts CHECK (last_at >= first_at)
);
CREATE INDEX usage_expiry ON hodei.usage USING btree (at);
CREATE INDEX usage_of_worker ON hodei.usage USING btree (worker_id, at);
comment on column hodei.usage.at is 'Begin of the span, counted from the assignment of the attempt.';
comment on column hodei.usage.last_at is 'Of the newest report in it: an older one is in it already.';
comment on column hodei.usage.cpu_sum is 'Of reports in percent of all cores.';
comment on column hodei.usage.memory_sum is 'Of reports in bytes.';

create table hodei.worker (
  id uuid not null,
  phase text default 'Creating'::text not null,
  provider text not null,
  profile text not null,
  labels jsonb default '{}'::jsonb not null,
  taints jsonb default '[]'::jsonb not null,
  cpu_millis integer not null,
  memory_mib integer not null,
  dedicated_run_id uuid,
  max_runs integer,
  retire_at timestamp with time zone,
  reason text,
  message text,
  run_id uuid,
  run_fence bigint,
  runs_taken integer default 0 not null,
  launch_token text not null,
  launch_request jsonb not null,
  launch_after timestamp with time zone not null,
  launch_failures integer default 0 not null,
  first_launch_at timestamp with time zone,
  launched_at timestamp with time zone,
  external_id text,
  register_deadline_at timestamp with time zone,
  token_key_id text not null,
  token_sha256 text not null,
  token_expires_at timestamp with time zone,
  token_consumed_at timestamp with time zone,
  session_sha256 text,
  session_epoch bigint default 0 not null,
  gateway_id uuid,
  protocol_version integer default 0 not null,
  info jsonb default '{}'::jsonb not null,
  lease_expires_at timestamp with time zone,
  connect_deadline_at timestamp with time zone,
  last_heartbeat_at timestamp with time zone,
  created_at timestamp with time zone not null,
  registered_at timestamp with time zone,
  ready_at timestamp with time zone,
  idle_since timestamp with time zone,
  ending_at timestamp with time zone,
  stop_asked_at timestamp with time zone,
  terminated_at timestamp with time zone,
  offer text default ''::text not null,
  affinity_key text,
  constraint worker_pkey PRIMARY KEY (id),
  constraint worker_external_id UNIQUE (external_id),
  constraint worker_launch_token UNIQUE (launch_token),
  constraint worker_busy_holds_run CHECK (
CASE phase
    WHEN 'Busy'::text THEN run_id IS NOT NULL
    WHEN 'Creating'::text THEN run_id IS NULL
    WHEN 'Connecting'::text THEN run_id IS NULL
    WHEN 'Ready'::text THEN run_id IS NULL
    WHEN 'Terminated'::text THEN run_id IS NULL
    ELSE true
END),
  constraint worker_phase_known CHECK (phase = ANY (ARRAY['Creating'::text, 'Connecting'::text, 'Ready'::text, 'Busy'::text, 'Draining'::text, 'Terminating'::text, 'Terminated'::text])),
  constraint worker_run_has_fence CHECK ((run_id IS NULL) = (run_fence IS NULL)),
  constraint worker_serving_has_lease CHECK ((phase <> ALL (ARRAY['Connecting'::text, 'Ready'::text, 'Busy'::text])) OR lease_expires_at IS NOT NULL),
  constraint worker_session_needs_token CHECK (session_sha256 IS NULL OR token_consumed_at IS NOT NULL),
  constraint worker_terminated_has_end CHECK ((phase = 'Terminated'::text) = (terminated_at IS NOT NULL))
);
CREATE INDEX worker_ended ON hodei.worker USING btree (terminated_at) WHERE (phase = 'Terminated'::text);
CREATE INDEX worker_launch ON hodei.worker USING btree (launch_after) WHERE ((phase = 'Creating'::text) AND (external_id IS NULL));
CREATE INDEX worker_open ON hodei.worker USING btree (id) WHERE (terminated_at IS NULL);
CREATE INDEX worker_ready ON hodei.worker USING btree (offer, idle_since, id) WHERE ((phase = 'Ready'::text) AND (dedicated_run_id IS NULL));
CREATE INDEX worker_ready_dedicated ON hodei.worker USING btree (dedicated_run_id) WHERE ((phase = 'Ready'::text) AND (dedicated_run_id IS NOT NULL));
CREATE TRIGGER guard_worker BEFORE UPDATE ON hodei.worker FOR EACH ROW WHEN (((old.ending_at IS NOT NULL) OR (old.phase = 'Draining'::text) OR (new.session_epoch < old.session_epoch) OR ((old.token_consumed_at IS NOT NULL) AND ((new.session_sha256 IS DISTINCT FROM old.session_sha256) OR (new.token_consumed_at IS DISTINCT FROM old.token_consumed_at))) OR ((old.external_id IS NOT NULL) AND (new.external_id IS DISTINCT FROM old.external_id)))) EXECUTE FUNCTION hodei.guard_worker();
CREATE TRIGGER guard_worker_launch BEFORE UPDATE OF launch_token, launch_request ON hodei.worker FOR EACH ROW EXECUTE FUNCTION hodei.guard_worker();
comment on column hodei.worker.affinity_key is 'Of the last run that had one: the next of its kind would like this worker.';

CREATE OR REPLACE FUNCTION hodei.clock()
 RETURNS timestamp with time zone
 LANGUAGE sql
AS $function$ select clock_timestamp() $function$;

CREATE OR REPLACE FUNCTION hodei.guard_api_key()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if old.revoked_at is not null and new.revoked_at is distinct from old.revoked_at then
    perform hodei.refuse('api_key_stays_revoked', format('API key %s is revoked for ever', old.id));
  end if;
  if new.scope <> old.scope or new.key_sha256 <> old.key_sha256
      or new.expires_at is distinct from old.expires_at then
    perform hodei.refuse('api_key_is_frozen', 'what an API key is good for never changes');
  end if;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION hodei.guard_attempt()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if old.phase in ('Succeeded', 'Failed', 'Stopped', 'Returned') and new.phase <> old.phase then
    perform hodei.refuse('attempt_end_is_final', format('attempt phase %s -> %s', old.phase, new.phase));
  end if;
  if old.phase = 'Lost' and new.phase in ('Assigned', 'Running', 'Returned') then
    perform hodei.refuse('attempt_never_revives', format('attempt phase Lost -> %s', new.phase));
  end if;
  if old.phase = 'Running' and new.phase in ('Assigned', 'Returned') then
    perform hodei.refuse('attempt_never_unstarts', format('attempt phase Running -> %s', new.phase));
  end if;
  if old.result_id is not null and new.result_id is distinct from old.result_id then
    perform hodei.refuse('attempt_one_result', 'a result is recorded once');
  end if;
  if new.worker_id <> old.worker_id or new.execution_id <> old.execution_id then
    perform hodei.refuse('attempt_binding_is_fixed', 'an attempt keeps its worker and execution id');
  end if;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION hodei.guard_attempt_insert()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if new.phase <> 'Assigned' then
    perform hodei.refuse('attempt_born_assigned', format('attempt born %s', new.phase));
  end if;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION hodei.guard_run()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if old.finished_at is not null and (new.phase <> old.phase or new.fence <> old.fence
      or new.reason is distinct from old.reason or new.finished_at is distinct from old.finished_at
      or new.exit_code is distinct from old.exit_code) then
    perform hodei.refuse('run_final_is_immutable', format('run %s is %s for ever', old.id, old.phase));
  end if;
  if new.fence <> old.fence and new.fence <> old.fence + 1 then
    perform hodei.refuse('run_fence_rises_by_one', format('fence %s -> %s', old.fence, new.fence));
  end if;
  if (new.phase = 'Assigned' and old.phase not in ('Pending', 'Assigned'))
      or (new.phase = 'Assigned' and old.phase = 'Pending' and new.fence <> old.fence + 1)
      or (new.phase = 'Running' and old.phase not in ('Assigned', 'Running')) then
    perform hodei.refuse('run_phase_move', format('run phase %s -> %s', old.phase, new.phase));
  end if;
  if old.verdict_phase is not null and new.verdict_phase is distinct from old.verdict_phase then
    perform hodei.refuse('run_verdict_stands', format('verdict %s is stored', old.verdict_phase));
  end if;
  if new.event_seq < old.event_seq then
    perform hodei.refuse('run_events_only_grow', format('event %s -> %s', old.event_seq, new.event_seq));
  end if;
  if new.spec::text is distinct from old.spec::text then
    perform hodei.refuse('run_spec_is_snapshot', 'the spec of a run never changes');
  end if;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION hodei.guard_run_insert()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform hodei.refuse('run_spec_small', format('the spec of run %s has more than 49152 bytes', new.id));
  return new;
end $function$;

CREATE OR REPLACE FUNCTION hodei.guard_run_origin()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform hodei.refuse('run_origin_is_fixed', 'what a run was made from never changes');
  return new;
end $function$;

CREATE OR REPLACE FUNCTION hodei.guard_template()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if old.status = 'Archived' then
    perform hodei.refuse('template_archived_is_final', format('template %s is archived for ever', old.id));
  end if;
  if new.version not in (old.version, old.version + 1) then
    perform hodei.refuse('template_version_rises_by_one', format('version %s -> %s', old.version, new.version));
  end if;
  if new.run_seq < old.run_seq then
    perform hodei.refuse('template_numbers_only_grow', format('number %s -> %s', old.run_seq, new.run_seq));
  end if;
  if new.name <> old.name then
    perform hodei.refuse('template_name_is_fixed', 'a template keeps its name');
  end if;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION hodei.guard_template_version()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform hodei.refuse('template_version_is_immutable', 'a version of a template never changes');
  return new;
end $function$;

CREATE OR REPLACE FUNCTION hodei.guard_worker()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if old.phase = 'Terminated' and new.phase <> 'Terminated' then
    perform hodei.refuse('worker_terminated_is_final', format('worker phase Terminated -> %s', new.phase));
  end if;
  if old.phase = 'Terminating' and new.phase not in ('Terminating', 'Terminated')
      or old.phase = 'Draining' and new.phase not in ('Draining', 'Terminating', 'Terminated') then
    perform hodei.refuse('worker_never_returns', format('worker phase %s -> %s', old.phase, new.phase));
  end if;
  if new.session_epoch < old.session_epoch then
    perform hodei.refuse('worker_epoch_rises', format('epoch %s -> %s', old.session_epoch, new.session_epoch));
  end if;
  if old.token_consumed_at is not null and (new.session_sha256 is distinct from old.session_sha256
      or new.token_consumed_at is distinct from old.token_consumed_at) then
    perform hodei.refuse('worker_token_is_one_shot', 'the token was consumed by another session');
  end if;
  if new.launch_token <> old.launch_token or new.launch_request is distinct from old.launch_request then
    perform hodei.refuse('worker_launch_is_frozen', 'launch token and request never change');
  end if;
  if old.external_id is not null and new.external_id is distinct from old.external_id then
    perform hodei.refuse('worker_one_machine', 'a worker row has one machine');
  end if;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION hodei.loss_allowed(at timestamp with time zone)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$ select lease_floor <= at and coalesce(gateways_live_until > at, true) from hodei.control $function$;

CREATE OR REPLACE FUNCTION hodei.millis(n double precision)
 RETURNS interval
 LANGUAGE sql
 IMMUTABLE
AS $function$ select make_interval(secs => n / 1000.0) $function$;

CREATE OR REPLACE FUNCTION hodei.ms(instant timestamp with time zone)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$ select floor(extract(epoch from instant) * 1000)::bigint $function$;

CREATE OR REPLACE FUNCTION hodei.offer_of(profile text, cpu_millis integer, memory_mib integer, labels jsonb, taints jsonb)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$ select md5(concat_ws(' ', profile, cpu_millis, memory_mib, labels, taints)) $function$;

CREATE OR REPLACE FUNCTION hodei.refuse(guard text, detail text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  raise exception '% (constraint "%")', detail, guard using errcode = '23514', constraint = guard;
end $function$;
