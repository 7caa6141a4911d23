import type { UsagePoint, UsageTotal } from "#core/ports/usage-store.ts";
import { defineStatement } from "../sql-client.ts";

/**
 * The newest `max` spans of a subject, put together, and the newest `limit` of them. The row with `now` is of
 * the subject; without it there is none. Spans are taken and then sorted: sorted at once, the planner looks
 * for them by their time. For people: nothing is decided on it.
 */
const usageOf = (subject: string, ofSubject: string) => `with mine as materialized (
    select u.* from hodei.usage u where ${ofSubject}
      and (:from::float8 is null or u.last_at >= 'epoch'::timestamptz + hodei.millis(:from::float8))
      and (:to::float8 is null or u.first_at <= 'epoch'::timestamptz + hodei.millis(:to::float8))
  ),
  found as materialized (
    select m.*, row_number() over (order by m.at desc, m.fence desc) as n from mine m
    order by m.at desc, m.fence desc limit :max::bigint
  )
  select json_build_object('now', hodei.ms(hodei.clock()), 'endedAt', hodei.ms(s.ended_at),
    'isCut', (select count(*) from found) >= :max::bigint, 'total', (select json_build_object(
      'firstAt', hodei.ms(min(f.first_at)), 'lastAt', hodei.ms(max(f.last_at)), 'reports', sum(f.reports),
      'cpuPercent', sum(f.cpu_sum) / sum(f.reports), 'cpuPercentMax', max(f.cpu_max),
      'memoryBytes', round(sum(f.memory_sum) / sum(f.reports)), 'memoryBytesMax', max(f.memory_max),
      'diskBytesMax', max(f.disk_max)) from found f having count(*) > 0)) as doc
  from (${subject}) s
  union all
  select p.doc from (select json_build_object('runId', f.run_id, 'attempt', f.fence, 'workerId', f.worker_id,
      'at', hodei.ms(f.at), 'lastAt', hodei.ms(f.last_at), 'reports', f.reports, 'cpuPercent', f.cpu_sum / f.reports,
      'cpuPercentMax', f.cpu_max, 'memoryBytes', round(f.memory_sum / f.reports), 'memoryBytesMax', f.memory_max,
      'memoryTotalBytes', f.memory_total, 'diskBytesMax', f.disk_max, 'custom', f.custom) as doc
    from found f where f.n <= :limit::bigint order by f.n desc) p`;

export const readUsageOfRun = defineStatement(
  "read-usage-of-run",
  usageOf(
    "select r.finished_at as ended_at from hodei.run r where r.id = :id::uuid",
    "u.run_id = :id::uuid and (:attempt::bigint is null or u.fence = :attempt::bigint)",
  ),
);

export const readUsageOfWorker = defineStatement(
  "read-usage-of-worker",
  usageOf(
    "select w.terminated_at as ended_at from hodei.worker w where w.id = :id::uuid",
    "u.worker_id = :id::uuid and (:attempt::bigint is null or u.fence = :attempt::bigint)",
  ),
);

/** The first one is of the subject, the others are points. */
export type UsageRow =
  | {
      readonly now: number;
      readonly endedAt: number | null;
      readonly isCut: boolean;
      readonly total: UsageTotal | null;
    }
  | UsagePoint;
