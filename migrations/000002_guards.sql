-- What no statement may do, whatever it believes. Each guard names its constraint, so that a
-- refusal is as readable as that of a check; in the message too, where the Data API shows it.
create or replace function hodei.refuse(guard text, detail text) returns void language plpgsql as $$
begin
  raise exception '% (constraint "%")', detail, guard using errcode = '23514', constraint = guard;
end $$;

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
  if new.spec is distinct from old.spec then
    perform hodei.refuse('run_spec_is_snapshot', 'the spec of a run never changes');
  end if;
  return new;
end $$;
create trigger guard_run before update on hodei.run for each row execute function hodei.guard_run();

create or replace function hodei.guard_attempt() returns trigger language plpgsql as $$
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
end $$;
create trigger guard_attempt before update on hodei.attempt for each row execute function hodei.guard_attempt();

create or replace function hodei.guard_attempt_insert() returns trigger language plpgsql as $$
begin
  if new.phase <> 'Assigned' then
    perform hodei.refuse('attempt_born_assigned', format('attempt born %s', new.phase));
  end if;
  return new;
end $$;
create trigger guard_attempt_insert before insert on hodei.attempt
  for each row execute function hodei.guard_attempt_insert();

create or replace function hodei.guard_worker() returns trigger language plpgsql as $$
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
end $$;
create trigger guard_worker before update on hodei.worker for each row execute function hodei.guard_worker();
