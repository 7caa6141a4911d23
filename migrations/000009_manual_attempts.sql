-- An attempt that a caller made by the deprecated manual calls: no worker of this install has it, no
-- lease watches over it, only the deadline of its run. The marker is set at birth and never changes.
alter table hodei.attempt add column manual boolean not null default false;
alter table hodei.attempt add column progress integer;
comment on column hodei.attempt.progress is 'Percent, as its caller said last; null = never.';
comment on column hodei.attempt.manual is 'Made and ended by calls, not by a worker: it has no row in hodei.worker and no lease.';
