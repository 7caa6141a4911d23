import { defineStatement } from "../sql-client.ts";

/**
 * Adds reports to the spans of their attempts. Spans are counted from the assignment: short ones at first,
 * then long ones, so that an attempt has few, however long it runs. A part whose first report is not newer
 * than the span was added before, and changes nothing; so does one of no attempt. Locks the rows of usage
 * alone, in the order of attempts.
 * `doc`: [{executionId, fence, workerId, firstAt, lastAt, reports, …}], each execution once.
 */
export const addUsage = defineStatement(
  "add-usage",
  `with x as materialized (
    select * from json_to_recordset(:doc::json) as d("executionId" uuid, fence bigint, "workerId" uuid, "firstAt" float8,
      "lastAt" float8, reports integer, "cpuSum" float8, "cpuMax" float8, "memorySum" float8, "memoryMax" float8,
      "memoryTotal" float8, "diskMax" float8, custom json)
  ),
  part as materialized (
    select a.run_id, a.fence, a.worker_id, a.assigned_at, x."cpuSum", x."cpuMax", x."memorySum",
      x."memoryMax", x."memoryTotal", x."diskMax", x.custom, x.reports, f.first_at,
      'epoch'::timestamptz + hodei.millis(x."lastAt") as last_at
    from x cross join lateral (select 'epoch'::timestamptz + hodei.millis(x."firstAt") as first_at) f
    join hodei.attempt a on a.execution_id = any(array[x."executionId"]) and a.fence = x.fence and a.worker_id = x."workerId"
  )
  insert into hodei.usage as u (run_id, fence, at, worker_id, first_at, last_at, reports, cpu_sum, cpu_max,
    memory_sum, memory_max, memory_total, disk_max, custom)
  select p.run_id, p.fence, date_bin(hodei.millis(case when p.first_at - p.assigned_at < hodei.millis(:shortForMs::float8)
      then :shortMs::float8 else :longMs::float8 end), greatest(p.first_at, p.assigned_at), p.assigned_at), p.worker_id, p.first_at, p.last_at,
    p.reports, p."cpuSum", p."cpuMax", p."memorySum", p."memoryMax", p."memoryTotal", p."diskMax", p.custom
  from part p order by p.run_id, p.fence
  on conflict (run_id, fence, at) do update set reports = u.reports + excluded.reports, last_at = excluded.last_at,
    cpu_sum = u.cpu_sum + excluded.cpu_sum, cpu_max = greatest(u.cpu_max, excluded.cpu_max),
    memory_sum = u.memory_sum + excluded.memory_sum, memory_max = greatest(u.memory_max, excluded.memory_max),
    memory_total = excluded.memory_total, disk_max = greatest(u.disk_max, excluded.disk_max), custom = excluded.custom
  where excluded.first_at > u.last_at
  returning json_build_object('runId', u.run_id) as doc`,
);

/** Deletes usage that is older than anybody asks about. */
export const deleteOldUsage = defineStatement(
  "delete-old-usage",
  `with due as materialized (
    select run_id, fence, at from hodei.usage
    where at <= (select hodei.clock()) - hodei.millis(:retentionMs::float8)
    order by at limit :limit::bigint for update skip locked
  )
  delete from hodei.usage u using due where u.run_id = any(array[due.run_id]) and u.fence = due.fence and u.at = due.at
  returning jsonb_build_object('runId', u.run_id) as doc`,
);
