-- Templates that run by the clock. `version` rises with every move of a schedule, so whoever decided on
-- what it was is refused when it is something else by now: that is what makes one run of one time.
create table hodei.schedule (
  id uuid primary key,
  name text not null,
  template_id uuid not null,
  version integer not null default 1,
  description text not null,
  cron text not null,
  timezone text not null,
  parameters json not null,
  secrets jsonb not null,
  overlap text not null,
  catch_up_seconds integer not null,
  max_consecutive_failures integer not null,
  pause_on_failure boolean not null,
  enabled boolean not null,
  disabled_reason text,
  next_fire_at timestamptz,
  failures_since timestamptz not null,
  misfires integer not null default 0,
  last_at timestamptz,
  last_result text,
  last_message text,
  created_by text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint schedule_name unique (name),
  constraint schedule_version_positive check (version >= 1),
  constraint schedule_overlap_known check (overlap in ('Allow', 'Forbid', 'Replace')),
  constraint schedule_enabled_is_due check (enabled = (next_fire_at is not null)),
  constraint schedule_disabled_says_why check (enabled = (disabled_reason is null)),
  constraint schedule_counts_not_negative check (misfires >= 0 and max_consecutive_failures >= 0 and catch_up_seconds > 0),
  constraint schedule_last_complete check ((last_at is null) = (last_result is null)),
  constraint schedule_result_known check (last_result in ('Fired', 'Overlapped', 'TemplateNotActive', 'Missed', 'Failed'))
);
comment on column hodei.schedule.secrets is 'Secret values by name. No view shows them; only what makes a run reads them.';
comment on column hodei.schedule.failures_since is 'Runs made before count as no failure any more.';
comment on column hodei.schedule.misfires is 'Times in a row, since the newest run was made, at which none could be made.';
comment on column hodei.schedule.last_at is 'The time that last_result is of: when it was due, or triggered.';
create index schedule_due on hodei.schedule (next_fire_at) where next_fire_at is not null;

alter table hodei.run add column schedule_id uuid;
alter table hodei.run add column scheduled_for timestamptz;
comment on column hodei.run.schedule_id is 'The schedule that made it, which may be deleted.';
comment on column hodei.run.scheduled_for is 'The time that it is the run of; null = somebody triggered it.';
alter table hodei.run add constraint run_schedule_complete check (
  (schedule_id is null or template_id is not null) and (scheduled_for is null or schedule_id is not null));
-- No column of these ever changes either.
create unique index run_scheduled_once on hodei.run (schedule_id, scheduled_for) where scheduled_for is not null;
create index run_of_schedule on hodei.run (schedule_id, template_number) where schedule_id is not null;
create trigger guard_run_schedule before update of schedule_id, scheduled_for
  on hodei.run for each row execute function hodei.guard_run_origin();

create function hodei.guard_schedule() returns trigger language plpgsql as $$
begin
  if new.version <> old.version + 1 then
    perform hodei.refuse('schedule_version_rises_by_one', format('version %s -> %s', old.version, new.version));
  end if;
  if new.name <> old.name or new.template_id <> old.template_id then
    perform hodei.refuse('schedule_origin_is_fixed', 'a schedule keeps its name and its template');
  end if;
  return new;
end $$;
create trigger guard_schedule before update on hodei.schedule
  for each row execute function hodei.guard_schedule();
