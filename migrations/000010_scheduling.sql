-- What people want of placement, where every process reads it, and what was decided for whom.
alter table hodei.control add column scheduler jsonb;
alter table hodei.control add column scheduler_version bigint not null default 0;
comment on column hodei.control.scheduler is 'What was configured of scheduling; null: nothing, the defaults of the code.';
comment on column hodei.control.scheduler_version is 'Raised with every change of it.';

alter table hodei.worker add column affinity_key text;
comment on column hodei.worker.affinity_key is 'Of the last run that had one: the next of its kind would like this worker.';

-- Kept as it was sent: nobody looks inside.
alter table hodei.attempt add column decision json;
comment on column hodei.attempt.decision is 'Why this worker; null: the tightest fit, idle for longest.';
