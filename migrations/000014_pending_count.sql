-- Waiting runs are counted now and then, not in every tick: a long queue costs a tick no more than a short one.
alter table hodei.control add column pending_counted_at timestamptz not null default '-infinity';
