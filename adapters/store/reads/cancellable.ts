import { defineStatement } from "../sql-client.ts";

/**
 * Runs that a cancel would stop: not final, not being stopped, with all of these labels, in one of
 * these phases, submitted until an instant. Waiting ones are found by the index of their deadlines, the
 * others by their live attempts, so that what is final is never read, however much of it is kept.
 */
const CANCELLABLE = `until as materialized (
    select coalesce('epoch'::timestamptz + :until::float8 * interval '1 microsecond', hodei.clock()) as at
  ),
  found as (
    select r.id from hodei.run r
    where r.pending_reason is not null and r.verdict_phase is null and :pending::boolean
      and r.labels @> :labels::jsonb and r.created_at <= (select at from until)
    union all
    select r.id from hodei.attempt a join hodei.run r on r.id = any(array[a.run_id])
    where a.ended_at is null and r.finished_at is null and r.verdict_phase is null
      and r.phase in (select jsonb_array_elements_text(:active::jsonb))
      and r.labels @> :labels::jsonb and r.created_at <= (select at from until)
  )`;

/**
 * How many there are, counted up to `limit`, and the instant (µs of the epoch) they were counted for.
 * `active`: the phases besides Pending, a json list; `until`: null = now.
 */
export const countCancellable = defineStatement(
  "count-cancellable",
  `with ${CANCELLABLE}
  select json_build_object('count', (select count(*) from (select from found limit :limit::bigint) q),
    'until', (extract(epoch from until.at) * 1000000)::bigint) as doc from until`,
);

/** Some of them, at most `limit`. */
export const readCancellable = defineStatement(
  "read-cancellable",
  `with ${CANCELLABLE} select json_build_object('runId', f.id) as doc from found f limit :limit::bigint`,
);
