import type { Write } from "./guarded-writes.ts";

const schedule = (change: string): Write => [
  "schedule",
  `update hodei.schedule set version = version + 1, ${change} where id = $1`,
];
/** A schedule like the one that is there, but for this column. */
const another = (column: string, value: string): Write => {
  const columns = ["id", "name", "template_id", "version", "description", "cron", "timezone"];
  columns.push("parameters", "secrets", "overlap", "catch_up_seconds", "max_consecutive_failures");
  columns.push("pause_on_failure", "enabled", "next_fire_at", "failures_since");
  columns.push("created_at", "updated_at");
  const given: Record<string, string> = { id: "gen_random_uuid()", name: "'another'" };
  const values = columns.map((name) => (name === column ? value : (given[name] ?? name)));
  return [
    "schedule",
    `insert into hodei.schedule (${columns.join(", ")})
     select ${values.join(", ")} from hodei.schedule where id = $1`,
  ];
};
const runLike = (columns: string, values: string): string =>
  `insert into hodei.run (id, name, spec, placement, shape, pending_reason, spec_digest,
     not_before, queue_rank, deadline_at, grace_ms, created_at, template_id, template_version,
     template_number, parameters, ${columns})
   select gen_random_uuid(), name, spec, placement, shape, pending_reason, spec_digest, not_before,
     queue_rank, deadline_at, grace_ms, created_at, template_id, template_version,
     template_number + 9, parameters, ${values} from hodei.run where id = $1`;

/** What each constraint and each guard about schedules refuses. */
export const SCHEDULE_REFUSED: Readonly<Record<string, readonly Write[]>> = {
  schedule_name: [another("name", "name")],
  schedule_version_positive: [another("version", "0")],
  schedule_overlap_known: [schedule("overlap = 'Maybe'")],
  schedule_enabled_is_due: [
    schedule("next_fire_at = null"),
    schedule("enabled = false, disabled_reason = 'r'"),
  ],
  schedule_disabled_says_why: [
    schedule("enabled = false, next_fire_at = null"),
    schedule("disabled_reason = 'r'"),
  ],
  schedule_counts_not_negative: [
    schedule("misfires = -1"),
    schedule("max_consecutive_failures = -1"),
    schedule("catch_up_seconds = 0"),
  ],
  schedule_last_complete: [schedule("last_at = null"), schedule("last_result = null")],
  schedule_result_known: [schedule("last_result = 'Odd'")],
  schedule_version_rises_by_one: [
    ["schedule", "update hodei.schedule set misfires = 1 where id = $1"],
    ["schedule", "update hodei.schedule set version = version + 2 where id = $1"],
  ],
  schedule_origin_is_fixed: [
    schedule("name = 'other'"),
    schedule("template_id = gen_random_uuid()"),
  ],
  run_schedule_complete: [
    ["waiting", runLike("schedule_id", "id")],
    ["fired", runLike("scheduled_for", "now()")],
  ],
  run_scheduled_once: [
    ["fired", runLike("schedule_id, scheduled_for", "schedule_id, scheduled_for")],
  ],
};
