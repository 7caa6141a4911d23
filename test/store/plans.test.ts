import { readdirSync } from "node:fs";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SESSION, sessionOptions } from "#adapters/store/drivers/session.ts";
import type { Statement } from "#adapters/store/sql-client.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";

/**
 * A gateway plans a statement once, perhaps when the statistics say that a table is empty, and goes
 * on with that plan while the table grows. So no plan may walk through a table, whatever is known of
 * it: rows are found by their key. What may be walked is named here, with the reason.
 */
const CANCELLABLE = {
  "run by run_deadline": "waiting runs, until enough have the labels; for people",
  "attempt by attempt_one_live_per_worker": "as many as busy workers",
};
const MAY_WALK: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "leave-gateway": { "worker by worker_open": "once in the life of a gateway" },
  "claim-launches": { "worker by worker_launch": "the launches that are due first" },
  "launches-failed": { "worker by worker_launch": "machines asked for and not made yet" },
  "unblock-runs": { "run by run_blocked": "runs whose machine is not gone yet" },
  "insert-runs": { "worker by worker_ready": "until the first that can be reached" },
  "insert-template-run": { "worker by worker_ready": "until the first that can be reached" },
  "list-templates": { "job_template by job_template_listed": "in their order, up to a limit" },
  "record-results": { "run by run_queue": "until the first that waits" },
  "count-cancellable": CANCELLABLE,
  "read-cancellable": CANCELLABLE,
  "count-pending": { "run by run_deadline": "counts them, up to the bound" },
  "delete-expired-runs": { "run by run_expiry": "those due first, up to a limit" },
  "delete-ended-workers": { "worker by worker_ended": "those due first, up to a limit" },
  "delete-old-api-keys": { "api_key by nothing": "once in a sweep, of all that are kept; few" },
  "delete-old-usage": { "usage by usage_expiry": "those due first, up to a limit" },
  "read-dispatches": { "attempt by attempt_one_live_per_worker": "as many as busy workers" },
  "read-troubled-attempts": { "attempt by attempt_one_live_per_worker": "as many as busy workers" },
  "read-overdue-runs": { "attempt by attempt_one_live_per_worker": "as many as busy workers" },
  "read-overdue": {
    "attempt by attempt_one_live_per_worker": "as many as busy workers",
    "worker by worker_open": "machines that live, up to a limit",
    "run by run_blocked": "runs whose machine is not gone yet",
  },
  "read-platform": {
    "worker by worker_launch": "machines asked for and not made yet, up to a limit",
    "migration by migration_pkey": "the newest one",
  },
  "read-failing-profiles": { "worker by worker_open": "machines that live" },
  "read-placement": {
    "run by run_queue": "the first shape",
    "worker by worker_ready": "the first offer; ready workers up to the number of runs",
    "worker by worker_ready_dedicated": "workers made for one run each, while such a run waits",
  },
  "read-ready-workers": { "worker by worker_ready": "for people: ready workers, up to a limit" },
  "read-idle": {
    "worker by worker_open": "until the first there is",
    "attempt by attempt_one_live_per_worker": "until the first there is",
    "attempt by attempt_one_live_per_run": "until the first there is",
    "run by run_queue": "until the first there is",
    "run by run_blocked": "until the first there is",
    "run by run_newest": "the newest one",
    "worker by worker_ended": "the last that ended",
  },
  "read-explanation": {
    "run by run_queue": "the first shape",
    "worker by worker_open": "for people: of machines that live, up to a limit",
  },
  "read-providers": { "worker by worker_open": "machines that live, counted by their provider" },
  "list-api-keys": { "api_key by nothing": "for people: the newest of all that were made" },
  "view-runs": { "run by run_newest": "the newest, up to a limit" },
  "view-queue": {
    "run by run_deadline": "waiting runs, up to a bound; for people",
    "run by run_newest": "the newest, up to a limit",
    "attempt by attempt_one_live_per_worker": "as many as busy workers",
  },
  "view-run-counts": { "run by nothing": "for people: counts all that are kept, now and then" },
  "view-run-page": { "run by run_newest": "the newest, past a bounded offset" },
  "count-run-page": { "run by run_newest": "counts them, up to the bound" },
  "view-workers": { "worker by nothing": "for people: the newest of all that are kept" },
};

/** They ask of every row whether it is sound, the second one up to a bound. */
const READS_ALL = ["read-violations", "survey-violations"];

const STORE = new URL("../../adapters/store/", import.meta.url);

async function allStatements(): Promise<Statement[]> {
  const files = ["transitions", "reads"].flatMap((folder) =>
    readdirSync(new URL(folder, STORE)).map((file) => new URL(`${folder}/${file}`, STORE)),
  );
  const modules = await Promise.all(files.map(({ href }) => import(href)));
  return modules.flatMap((module) => Object.values(module).filter(isStatement));
}

const isStatement = (value: unknown): value is Statement =>
  typeof value === "object" && value !== null && "positional" in value;

interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly "Index Cond"?: string;
  readonly "Recheck Cond"?: string;
  readonly Plans?: readonly PlanNode[];
}

/** Of one row, or of one for each gateway, or of at most a hundred. */
const SHORT_TABLES = ["control", "gateway", "provider"];

/** Scans that nothing leads to their rows, as `table by index`. */
function walksOf(node: PlanNode): string[] {
  const { "Relation Name": table, "Index Name": index = "nothing" } = node;
  const led = node["Index Cond"] ?? node["Recheck Cond"];
  const walked = table !== undefined && !SHORT_TABLES.includes(table) && !led;
  return [
    ...(walked && node["Node Type"].endsWith("Scan") ? [`${table} by ${index}`] : []),
    ...(node.Plans ?? []).flatMap(walksOf),
  ];
}

const TABLES = [
  ...["run", "attempt", "worker", "run_event", "log_chunk", "gateway", "api_key", "audit_event"],
  ...["job_template", "job_template_version", "run_secret", "usage"],
];

let database: TestDatabase;
let connection: pg.Client;
beforeAll(async () => {
  database = await createDatabase();
  connection = new pg.Client({ connectionString: database.url, options: sessionOptions(SESSION) });
  await connection.connect();
  await connection.query(`vacuum (analyze) ${TABLES.map((table) => `hodei.${table}`).join(", ")}`);
});
afterAll(async () => {
  await connection.end();
  await database.drop();
});

describe("a plan of empty tables", async () => {
  const statements = (await allStatements()).filter(({ name }) => !READS_ALL.includes(name));

  test.each(statements)("$name finds rows by their keys", async ({ name, positional }) => {
    const { rows } = await connection.query(`explain (generic_plan, format json) ${positional}`);
    const walks = walksOf(rows[0]["QUERY PLAN"][0].Plan);
    const allowed = Object.keys(MAY_WALK[name] ?? {});
    expect(walks.filter((walk) => !allowed.includes(walk))).toEqual([]);
  });

  test("what may be walked is a statement's", () => {
    expect(
      Object.keys(MAY_WALK).filter((name) => !statements.some((s) => s.name === name)),
    ).toEqual([]);
  });
});
