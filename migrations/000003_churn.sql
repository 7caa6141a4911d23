-- What a run costs is how often its rows are written anew, in how many indexes, and how wide they
-- are. A version that changes no indexed column and no column of a partial index's predicate stays
-- on its page and touches no index (HOT). So predicates here name columns that change rarely:
-- `pending_reason is not null` is `phase = 'Pending'`, `ended_at is null` is a live attempt
-- (constraints run_pending_has_reason, attempt_live_is_open). Measured: docs/internals/performance.md.

-- Stable, because `extract` is no more than that: a body that promises less than its function is
-- called, not inlined, and this one is in every answer.
create or replace function hodei.ms(instant timestamptz) returns bigint language sql stable
  as $$ select floor(extract(epoch from instant) * 1000)::bigint $$;

-- A key that is not there needs no place in an index.
alter table hodei.run drop constraint run_idempotency_key;
create unique index run_idempotency_key on hodei.run (idempotency_key) where idempotency_key is not null;

drop index hodei.run_queue;
create index run_queue on hodei.run (shape, queue_rank, id)
  where pending_reason is not null and blocked_by is null;
-- The deadlines of waiting runs; those of live attempts are found by their attempts, which are few.
drop index hodei.run_deadline;
create index run_deadline on hodei.run (deadline_at) where pending_reason is not null;
drop index hodei.run_newest_open;

-- Checked where it can change, not at every move of the run. And kept as it was sent: nothing here
-- looks inside, and taking it apart costs as much as storing the row.
alter table hodei.run drop constraint run_spec_small;
alter table hodei.run alter column spec type json using spec::json;
alter table hodei.run alter column placement type json using placement::json;

drop index hodei.attempt_one_live_per_run;
drop index hodei.attempt_one_live_per_worker;
create unique index attempt_one_live_per_run on hodei.attempt (run_id) where ended_at is null;
create unique index attempt_one_live_per_worker on hodei.attempt (worker_id) where ended_at is null;
-- Attempts are born of the locked row of their run and deleted with it, each in one statement.
alter table hodei.attempt drop constraint attempt_run_id_fkey;

-- What placement looks at in a worker, as one key: workers of one offer are interchangeable.
create function hodei.offer_of(profile text, cpu_millis integer, memory_mib integer, labels jsonb, taints jsonb)
  returns text language sql stable as
  $$ select md5(concat_ws(' ', profile, cpu_millis, memory_mib, labels, taints)) $$;
alter table hodei.worker add column offer text not null default '';
update hodei.worker set offer = hodei.offer_of(profile, cpu_millis, memory_mib, labels, taints);
drop index hodei.worker_ready;
create index worker_ready on hodei.worker (offer, idle_since, id)
  where phase = 'Ready' and dedicated_run_id is null;
create index worker_ready_dedicated on hodei.worker (dedicated_run_id)
  where phase = 'Ready' and dedicated_run_id is not null;
drop index hodei.worker_open;
create index worker_open on hodei.worker (id) where terminated_at is null;
drop index hodei.worker_held;
-- What never changes after the launch is kept beside the row, not copied at every move.
alter table hodei.worker set (toast_tuple_target = 512);
alter table hodei.worker alter column launch_request set storage external;
alter table hodei.worker alter column info set storage external;

-- Dead versions of hot rows are cleaned by the share that matters for them.
alter table hodei.worker set
  (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
alter table hodei.run set
  (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000, autovacuum_analyze_scale_factor = 0.02);
alter table hodei.attempt set
  (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000, autovacuum_analyze_scale_factor = 0.02);

-- The guards as before, but asked only where something could be wrong: a call of a function for every
-- row costs as much as the row, and a long condition is read anew by every statement.
create or replace function hodei.guard_run() returns trigger language plpgsql as $$
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
end $$;
create or replace function hodei.guard_run_insert() returns trigger language plpgsql as $$
begin
  perform hodei.refuse('run_spec_small', format('the spec of run %s has more than 49152 bytes', new.id));
  return new;
end $$;

create or replace trigger guard_run before update on hodei.run for each row
  when (old.finished_at is not null or old.verdict_phase is not null or new.fence <> old.fence
    or new.event_seq < old.event_seq or new.phase = 'Assigned' and old.phase <> 'Assigned'
    or new.phase = 'Running' and old.phase <> 'Running' and old.phase <> 'Assigned')
  execute function hodei.guard_run();
create trigger guard_run_spec before update of spec on hodei.run
  for each row execute function hodei.guard_run();
create trigger guard_run_insert before insert on hodei.run for each row
  when (octet_length(new.spec::text) > 49152) execute function hodei.guard_run_insert();

create or replace trigger guard_attempt before update on hodei.attempt for each row
  when (old.ended_at is not null or old.result_id is not null or new.worker_id <> old.worker_id
    or new.execution_id <> old.execution_id
    or old.phase = 'Running' and new.phase <> 'Running' and new.ended_at is null
    or new.phase = 'Returned')
  execute function hodei.guard_attempt();
create or replace trigger guard_attempt_insert before insert on hodei.attempt for each row
  when (new.phase <> 'Assigned') execute function hodei.guard_attempt_insert();

create or replace trigger guard_worker before update on hodei.worker for each row
  when (old.ending_at is not null or old.phase = 'Draining' or new.session_epoch < old.session_epoch
    or old.token_consumed_at is not null and (new.session_sha256 is distinct from old.session_sha256
      or new.token_consumed_at is distinct from old.token_consumed_at)
    or old.external_id is not null and new.external_id is distinct from old.external_id)
  execute function hodei.guard_worker();
create trigger guard_worker_launch before update of launch_token, launch_request on hodei.worker
  for each row execute function hodei.guard_worker();
