/** A row that a guard is tried on, by what it is. */
export type Subject =
  | "waiting"
  | "assigned"
  | "running"
  | "succeeded"
  | "stopping"
  | "lost"
  | "idle"
  | "creating"
  | "launched"
  | "connecting"
  | "draining"
  | "terminating"
  | "terminated"
  | "busy"
  | "key"
  | "revoked"
  | "template"
  | "archived"
  | "templated"
  | "schedule"
  | "fired";

/** A write, and what its $1 names. */
export type Write = readonly [Subject, string];

export const run = (subject: Subject, change: string): Write => [
  subject,
  `update hodei.run set ${change} where id = $1`,
];
/** These rows belong to no run. */
export const IF_GIVEN = "where $1::uuid is not null";
export const provider = (values: string): Write => [
  "waiting",
  `insert into hodei.provider (id, name, kind, of_install, max_workers, created_at, updated_at)
    select ${values}, 1, now(), now() from hodei.provider ${IF_GIVEN}`,
];
export const attempt = (subject: Subject, change: string): Write => [
  subject,
  `update hodei.attempt set ${change} where run_id = $1`,
];
export const worker = (subject: Subject, change: string): Write => [
  subject,
  `update hodei.worker set ${change} where id = $1`,
];
export const apiKey = (subject: Subject, change: string): Write => [
  subject,
  `update hodei.api_key set ${change} where id = $1`,
];
export const template = (subject: Subject, change: string): Write => [
  subject,
  `update hodei.job_template set ${change} where id = $1`,
];
export const anotherAttempt = (fence: number, execution: string, workerId: string) =>
  `insert into hodei.attempt (run_id, fence, execution_id, worker_id, assigned_at, accept_deadline_at)
   select run_id, ${fence}, ${execution}, ${workerId}, now(), now() from hodei.attempt where run_id = $1`;
export const logChunk = (seq: number, bytes: number) =>
  `insert into hodei.log_chunk (run_id, fence, seq, is_stderr, at, data)
   values ($1, 1, ${seq}, false, now(), decode(repeat('00', ${bytes}), 'hex'))`;
export const usageSpan = (lastAt: string, reports: number) =>
  `insert into hodei.usage (run_id, fence, at, worker_id, first_at, last_at, reports, cpu_sum, cpu_max, memory_sum,
     memory_max, memory_total, disk_max, custom)
   values ($1, 1, now(), $1, hodei.clock(), ${lastAt}, ${reports}, 0, 0, 0, 0, 0, 0, '{}')`;
/** A key like the one that is there, but for this column. */
export const newKey = (column: string, value: string): Write => {
  const columns = ["name", "scope", "key_sha256", "created_at", "expires_at"];
  const values = columns.map((name) => (name === column ? value : name)).join(", ");
  const text = `insert into hodei.api_key (id, ${columns.join(", ")})
    select repeat('3', 16), ${values} from hodei.api_key where id = $1`;
  return ["key", text];
};
