-- A suspended run is Pending, but neither in the queue nor under a deadline: the queue's index leaves it
-- out, and its deadline is `infinity` until it is resumed. Both change rarely, as the predicates of the
-- indexes of waiting runs should (docs/internals/store.md).
alter table hodei.run add column suspended_at timestamptz;
comment on column hodei.run.suspended_at is 'Since when it is suspended: not placed, not provisioned for, no deadline; null = it is not.';
alter table hodei.run add constraint run_suspended_says_so
  check ((suspended_at is not null) = (pending_reason is not distinct from 'Suspended'));

drop index hodei.run_queue;
create index run_queue on hodei.run (shape, queue_rank, id)
  where pending_reason is not null and blocked_by is null and suspended_at is null;
