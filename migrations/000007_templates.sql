-- Reusable jobs. A template is a name with versions; a version never changes. A run made from one keeps
-- which version it was and its number there; what was counted is in the runs, so nothing counts beside them.
create table hodei.job_template (
  id uuid primary key,
  name text not null,
  status text not null default 'Active',
  version integer not null default 1,
  run_seq bigint not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  archived_at timestamptz,
  constraint template_status_known check (status in ('Active', 'Disabled', 'Archived')),
  constraint template_archived_has_end check ((status = 'Archived') = (archived_at is not null)),
  constraint template_version_positive check (version >= 1),
  constraint template_run_seq_positive check (run_seq >= 0)
);
comment on column hodei.job_template.version is 'The newest version.';
comment on column hodei.job_template.run_seq is 'The number of the newest run; a number is never given twice, also when its run is deleted.';
-- The name of an archived template is free again.
create unique index job_template_name on hodei.job_template (name) where archived_at is null;
create index job_template_listed on hodei.job_template (name, id);

create table hodei.job_template_version (
  template_id uuid not null,
  version integer not null,
  description text not null,
  labels jsonb not null,
  spec json not null,
  parameters json not null,
  created_by text,
  created_at timestamptz not null,
  primary key (template_id, version)
);

-- Secret values of parameters, apart from what any read shows: only the statements that hand a run to
-- its worker and the re-run of a run look here. Deleted with the run.
create table hodei.run_secret (
  run_id uuid primary key,
  secrets jsonb not null
);

alter table hodei.run add column template_id uuid;
alter table hodei.run add column template_version integer;
alter table hodei.run add column template_number bigint;
alter table hodei.run add column parameters json;
alter table hodei.run add column rerun_of uuid;
comment on column hodei.run.parameters is 'Values by name, null in place of a secret one.';
comment on column hodei.run.rerun_of is 'The run that this one was made from; it may be deleted.';
alter table hodei.run add constraint run_template_complete check (
  (template_id is null) = (template_version is null) and (template_id is null) = (template_number is null)
  and (template_id is null) = (parameters is null));
-- No column here ever changes, so no move of a run has to know of the index. It lists the runs of a
-- template, leads to what is counted of them, and keeps two from having one number.
create unique index run_template_number on hodei.run (template_id, template_number) where template_id is not null;

create function hodei.guard_template() returns trigger language plpgsql as $$
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
end $$;
create trigger guard_template before update on hodei.job_template
  for each row execute function hodei.guard_template();

create function hodei.guard_template_version() returns trigger language plpgsql as $$
begin
  perform hodei.refuse('template_version_is_immutable', 'a version of a template never changes');
  return new;
end $$;
create trigger guard_template_version before update on hodei.job_template_version
  for each row execute function hodei.guard_template_version();

create function hodei.guard_run_origin() returns trigger language plpgsql as $$
begin
  perform hodei.refuse('run_origin_is_fixed', 'what a run was made from never changes');
  return new;
end $$;
create trigger guard_run_origin before update of template_id, template_version, template_number, parameters, rerun_of
  on hodei.run for each row execute function hodei.guard_run_origin();
