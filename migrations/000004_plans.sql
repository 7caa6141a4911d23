-- A plan that was made for empty tables may go on for long. So no index may look as if it served a
-- question it is slow for: the head of a shape was read by the index of deadlines, all of it, because
-- both are indexes of waiting runs. This predicate is one that placement does not ask about.
drop index hodei.run_deadline;
create index run_deadline on hodei.run (deadline_at) where pending_reason is not null and verdict_phase is null;
