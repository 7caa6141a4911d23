-- What makes machines. One row is the install's own: launches obey its status. The others are kept for
-- their owners and launch nothing.
create table hodei.provider (
  id uuid primary key,
  name text not null constraint provider_name unique,
  kind text not null,
  status text not null default 'Active',
  of_install boolean not null default false,
  priority integer not null default 0,
  max_workers bigint not null,
  document jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint provider_kind_known check
    (kind in ('docker', 'kubernetes', 'fargate', 'cloud-run', 'container-apps', 'lambda', 'cloud-functions',
      'azure-functions', 'ec2', 'compute-engine', 'azure-vms', 'bare-metal', 'custom')),
  constraint provider_status_known check
    (status in ('Active', 'Maintenance', 'Disabled', 'Overloaded', 'Unhealthy', 'Degraded')),
  constraint provider_max_workers_positive check (max_workers >= 0)
);
comment on column hodei.provider.document is 'What its owner says of it and nothing here decides on.';
comment on column hodei.provider.max_workers is 'Of the install''s own it is not read: its machine profiles say it.';
create unique index provider_of_install on hodei.provider (of_install) where of_install;

-- Named as worker.provider names it.
insert into hodei.provider (id, name, kind, of_install, max_workers, created_at, updated_at)
values (gen_random_uuid(), 'ecs', 'fargate', true, 0, clock_timestamp(), clock_timestamp());
