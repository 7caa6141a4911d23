-- What machines used while they had an attempt, as the gateway gathered it of their reports: a row is a
-- span of one attempt, rows are deleted after a day. Without references: nothing here decides on
-- anything, and no move of a run waits for a number.
create table hodei.usage (
  run_id uuid not null,
  fence bigint not null,
  at timestamptz not null,
  worker_id uuid not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  reports integer not null,
  cpu_sum double precision not null,
  cpu_max double precision not null,
  memory_sum double precision not null,
  memory_max double precision not null,
  memory_total double precision not null,
  disk_max double precision not null,
  custom json not null,
  constraint usage_pkey primary key (run_id, fence, at),
  constraint usage_has_reports check (reports > 0),
  constraint usage_lasts check (last_at >= first_at)
);
create index usage_of_worker on hodei.usage (worker_id, at);
create index usage_expiry on hodei.usage (at);
comment on column hodei.usage.at is 'Begin of the span, counted from the assignment of the attempt.';
comment on column hodei.usage.last_at is 'Of the newest report in it: an older one is in it already.';
comment on column hodei.usage.cpu_sum is 'Of reports in percent of all cores.';
comment on column hodei.usage.memory_sum is 'Of reports in bytes.';
