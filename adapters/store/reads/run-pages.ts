import { defineStatement } from "../sql-client.ts";
import { runSummary } from "./views.ts";

const MATCHING = `(:phase::text is null or r.phase = :phase::text)
    and (:timedOut::boolean is null or (r.reason = 'DeadlineExceeded') = :timedOut::boolean)
    and (:nameContains::text = '' or strpos(lower(r.name), lower(:nameContains::text)) > 0)`;

/** A page by number, newest first: what is skipped is read, so the offset is bounded by its callers. */
export const viewRunPage = defineStatement(
  "view-run-page",
  `with t as materialized (select hodei.clock() as now)
  select jsonb_build_object(${runSummary}, 'now', hodei.ms(t.now), 'progress', (
    select a.progress from hodei.attempt a where a.run_id = r.id and a.fence = r.fence)) as doc
  from t, hodei.run r where ${MATCHING}
  order by r.created_at desc, r.id desc limit :limit::bigint offset :offset::bigint`,
);

/** How many there are, counted up to a bound. */
export const countRunPage = defineStatement(
  "count-run-page",
  `select json_build_object('total', count(*)) as doc from (
    select from hodei.run r where ${MATCHING}
    order by r.created_at desc, r.id desc limit :max::bigint) q`,
);
