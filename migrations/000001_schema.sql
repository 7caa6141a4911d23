-- The state of the platform. Postgres is the only truth: whatever restarts goes on from these rows.
-- Invariants of docs/concepts/protocol.md are repeated here as named constraints and guard triggers.
-- They are the second net: every statement of adapters/store must be right without them.
create schema if not exists hodei;

-- Time is database time. Not now(), which is the transaction's start. A simulation replaces it.
create or replace function hodei.clock() returns timestamptz language sql volatile
  as $$ select clock_timestamp() $$;
comment on function hodei.clock() is 'The only clock that decisions read.';

-- Instants leave the database as epoch milliseconds, the same through both drivers.
create or replace function hodei.ms(instant timestamptz) returns bigint language sql immutable
  as $$ select floor(extract(epoch from instant) * 1000)::bigint $$;

create or replace function hodei.millis(n double precision) returns interval language sql immutable
  as $$ select make_interval(secs => n / 1000.0) $$;

-- One row: what belongs to the whole install.
create table hodei.control (
  one boolean primary key default true constraint control_one check (one),
  install_id text not null default replace(gen_random_uuid()::text, '-', ''),
  lease_floor timestamptz not null default '-infinity',
  gateways_live_until timestamptz,
  launch_epoch bigint not null default 0,
  launch_tokens double precision not null default 100,
  launch_tokens_at timestamptz not null default clock_timestamp(),
  pending_count bigint not null default 0,
  swept_at timestamptz not null default '-infinity'
);
comment on column hodei.control.lease_floor is 'Nobody is declared lost before this instant: survivors of an outage return first.';
comment on column hodei.control.gateways_live_until is 'A lease after the last beat of any gateway; null: none ever beat. Later than that nobody could renew a lease.';
comment on column hodei.control.launch_epoch is 'Raised by every statement that creates workers: two passes cannot both spend one demand.';
insert into hodei.control default values;

-- Silence proves nothing while no gateway could hear: nobody is declared lost in an outage of all
-- gateways, nor until the survivors had time to return.
create or replace function hodei.loss_allowed(at timestamptz) returns boolean language sql stable
  as $$ select lease_floor <= at and coalesce(gateways_live_until > at, true) from hodei.control $$;

create table hodei.run (
  id uuid primary key,
  name text not null,
  spec jsonb not null,
  placement jsonb not null,
  shape text not null,
  labels jsonb not null default '{}',
  priority integer not null default 0,
  phase text not null default 'Pending',
  reason text,
  message text,
  pending_reason text,
  fence bigint not null default 0,
  event_seq bigint not null default 1,
  submitted_by text,
  idempotency_key text constraint run_idempotency_key unique,
  spec_digest text not null,
  not_before timestamptz not null,
  queue_rank timestamptz not null,
  deadline_at timestamptz not null,
  attempt_timeout_ms bigint,
  grace_ms bigint not null,
  ttl_ms bigint,
  blocked_by uuid,
  verdict_phase text,
  verdict_reason text,
  verdict_message text,
  verdict_at timestamptz,
  worker_id uuid,
  exit_code integer,
  created_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  expires_at timestamptz,
  constraint run_phase_known check
    (phase in ('Pending', 'Assigned', 'Running', 'Succeeded', 'Failed', 'Cancelled')),
  constraint run_final_has_end check
    ((phase in ('Succeeded', 'Failed', 'Cancelled')) = (finished_at is not null)),
  constraint run_final_has_reason check
    ((phase in ('Succeeded', 'Failed', 'Cancelled')) = (reason is not null)),
  constraint run_pending_has_reason check ((phase = 'Pending') = (pending_reason is not null)),
  constraint run_blocked_is_pending check (blocked_by is null or phase = 'Pending'),
  constraint run_verdict_complete check
    ((verdict_phase is null) = (verdict_reason is null) and (verdict_phase is null) = (verdict_at is null)
     and (verdict_phase is null or verdict_phase in ('Failed', 'Cancelled'))),
  constraint run_verdict_is_kept check
    (verdict_phase is null or finished_at is null or phase = verdict_phase),
  constraint run_spec_small check (octet_length(spec::text) <= 49152),
  constraint run_fence_positive check (fence >= 0)
) with (fillfactor = 70);
comment on column hodei.run.fence is 'Number of the newest attempt; rises by one with each assignment and refuses every write of an older one.';
comment on column hodei.run.shape is 'Digest of what placement looks at; runs of one shape wait for the same workers.';
comment on column hodei.run.queue_rank is 'Place in the queue: the instant it became due, moved back by its priority, so that waiting gains rank.';
comment on column hodei.run.blocked_by is 'The worker whose machine must be gone before a successor starts (replacement AfterGone).';
comment on column hodei.run.verdict_phase is 'How the run must end, stored before its live attempt is stopped.';

create index run_queue on hodei.run (shape, queue_rank, id) where phase = 'Pending' and blocked_by is null;
create index run_blocked on hodei.run (blocked_by) where blocked_by is not null;
create index run_deadline on hodei.run (deadline_at) where finished_at is null and verdict_phase is null;
create index run_expiry on hodei.run (expires_at) where expires_at is not null;
create index run_newest on hodei.run (created_at desc, id desc);
create index run_newest_open on hodei.run (created_at desc, id desc) where finished_at is null;

create table hodei.attempt (
  run_id uuid not null references hodei.run (id) on delete cascade,
  fence bigint not null,
  execution_id uuid not null constraint attempt_execution_id unique,
  worker_id uuid not null,
  phase text not null default 'Assigned',
  failure text,
  exit_code integer,
  signal text,
  message text,
  result_id text,
  log_last_seq bigint,
  assigned_at timestamptz not null,
  accept_deadline_at timestamptz not null,
  started_at timestamptz,
  reported_at timestamptz,
  timeout_at timestamptz,
  ended_at timestamptz,
  primary key (run_id, fence),
  constraint attempt_phase_known check
    (phase in ('Assigned', 'Running', 'Succeeded', 'Failed', 'Stopped', 'Returned', 'Lost')),
  constraint attempt_failure_known check
    (failure in ('app', 'oom', 'timeout', 'worker-lost', 'dispatch', 'deadline', 'stopped')),
  constraint attempt_live_is_open check ((phase in ('Assigned', 'Running')) = (ended_at is null)),
  constraint attempt_running_started check (phase <> 'Running' or started_at is not null),
  constraint attempt_unstarted check (phase not in ('Assigned', 'Returned') or started_at is null),
  constraint attempt_success_is_clean check (phase <> 'Succeeded' or (failure is null and exit_code = 0 and started_at is not null)),
  constraint attempt_end_has_class check
    (phase in ('Assigned', 'Running', 'Succeeded') or failure is not null)
) with (fillfactor = 70);
create unique index attempt_one_live_per_run on hodei.attempt (run_id) where phase in ('Assigned', 'Running');
create unique index attempt_one_live_per_worker on hodei.attempt (worker_id) where phase in ('Assigned', 'Running');
comment on column hodei.attempt.reported_at is 'Last time the worker itself named this attempt as its own.';
comment on column hodei.attempt.timeout_at is 'When the tick ends the attempt although its worker did not; later than the worker''s own limit.';

create table hodei.worker (
  id uuid primary key,
  phase text not null default 'Creating',
  provider text not null,
  profile text not null,
  labels jsonb not null default '{}',
  taints jsonb not null default '[]',
  cpu_millis integer not null,
  memory_mib integer not null,
  dedicated_run_id uuid,
  max_runs integer,
  retire_at timestamptz,
  reason text,
  message text,
  run_id uuid,
  run_fence bigint,
  runs_taken integer not null default 0,
  launch_token text not null constraint worker_launch_token unique,
  launch_request jsonb not null,
  launch_after timestamptz not null,
  launch_failures integer not null default 0,
  first_launch_at timestamptz,
  launched_at timestamptz,
  external_id text constraint worker_external_id unique,
  register_deadline_at timestamptz,
  token_key_id text not null,
  token_sha256 text not null,
  token_expires_at timestamptz,
  token_consumed_at timestamptz,
  session_sha256 text,
  session_epoch bigint not null default 0,
  gateway_id uuid,
  protocol_version integer not null default 0,
  info jsonb not null default '{}',
  lease_expires_at timestamptz,
  connect_deadline_at timestamptz,
  last_heartbeat_at timestamptz,
  created_at timestamptz not null,
  registered_at timestamptz,
  ready_at timestamptz,
  idle_since timestamptz,
  ending_at timestamptz,
  stop_asked_at timestamptz,
  terminated_at timestamptz,
  constraint worker_phase_known check
    (phase in ('Creating', 'Connecting', 'Ready', 'Busy', 'Draining', 'Terminating', 'Terminated')),
  constraint worker_busy_holds_run check
    (case phase when 'Busy' then run_id is not null
                when 'Creating' then run_id is null when 'Connecting' then run_id is null
                when 'Ready' then run_id is null when 'Terminated' then run_id is null
                else true end),
  constraint worker_run_has_fence check ((run_id is null) = (run_fence is null)),
  constraint worker_session_needs_token check (session_sha256 is null or token_consumed_at is not null),
  constraint worker_serving_has_lease check
    (phase not in ('Connecting', 'Ready', 'Busy') or lease_expires_at is not null),
  constraint worker_terminated_has_end check ((phase = 'Terminated') = (terminated_at is not null))
) with (fillfactor = 50);
create index worker_open on hodei.worker (id) where phase <> 'Terminated';
create index worker_ready on hodei.worker (id) where phase = 'Ready';
create index worker_launch on hodei.worker (launch_after) where phase = 'Creating' and external_id is null;
create index worker_held on hodei.worker (gateway_id) where run_id is not null;
create index worker_ended on hodei.worker (terminated_at) where phase = 'Terminated';

-- What happened to a run, gap-free, written by the statement that made it happen.
create table hodei.run_event (
  run_id uuid not null,
  seq bigint not null,
  at timestamptz not null,
  type text not null,
  fence bigint,
  worker_id uuid,
  reason text,
  message text,
  primary key (run_id, seq)
);

create table hodei.log_chunk (
  run_id uuid not null,
  fence bigint not null,
  seq bigint not null,
  is_stderr boolean not null,
  at timestamptz not null,
  data bytea not null,
  dropped_bytes bigint,
  dropped_lines bigint,
  primary key (run_id, fence, seq),
  constraint log_chunk_small check (octet_length(data) <= 32768),
  constraint log_chunk_seq_positive check (seq > 0)
);

create table hodei.gateway (
  id uuid primary key,
  address text not null,
  started_at timestamptz not null,
  beat_at timestamptz not null
);
