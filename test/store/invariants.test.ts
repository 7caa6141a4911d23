import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { readViolations } from "#adapters/store/reads/invariants.ts";
import { STATE_INVARIANTS } from "#core/domain/invariants.ts";
import { exitCode } from "../support/factories.ts";
import { openStore, type StoreFixture } from "../support/store-fixture.ts";
import type { Held } from "../support/store-scene.ts";
import { aTemplate, aTemplateRun } from "../support/template-factories.ts";

let at: StoreFixture;
let restore: () => Promise<void>;
let rows: Record<"waiting" | "idle" | "gone" | "template" | "templated", string> &
  Record<"held" | "done" | "failed", Held>;

beforeAll(async () => {
  at = await openStore();
  await at.tables.dropSecondNet();
  rows = await install();
  expect(await at.violations()).toEqual([]);
  restore = await at.tables.keep();
});
beforeEach(() => restore());
afterAll(() => at.close());

async function install(): Promise<typeof rows> {
  const [done, failed] = [
    await at.running(),
    await at.running({ spec: { backoffLimit: 1, infrastructureLimit: -1 } }),
  ];
  await at.report(done);
  await at.report(failed, exitCode(1));
  const [gone, idle] = [await at.ready(), await at.ready()];
  await at.store.endMachines([await at.machineEndOf(gone.workerId)]);
  const template = aTemplate();
  await at.templates.createTemplate(template);
  const templated = aTemplateRun(template.id, { parameters: { T: null }, secrets: { T: "t" } });
  await at.templates.insertTemplateRun(templated);
  return {
    ...{ template: template.id, templated: templated.id },
    ...{ done, failed, held: await at.running(), waiting: await at.submit() },
    ...{ idle: idle.workerId, gone: gone.workerId },
  };
}

type Plant = readonly [sql: string, id: () => string, reported?: () => string];
const run = (change: string, id: () => string): Plant => [
  `update hodei.run set ${change} where id = $1`,
  id,
];
const worker = (change: string, id: () => string): Plant => [
  `update hodei.worker set ${change} where id = $1`,
  id,
];
const held = () => rows.held.runId;
const done = () => rows.done.runId;
const failed = () => rows.failed.runId;
const waiting = () => rows.waiting;
const idle = () => rows.idle;
const templated = () => rows.templated;
const template = () => rows.template;
const busy = () => rows.held.workerId;

const secondAttempt = (fence: string, workerId: string, phase: string) =>
  `insert into hodei.attempt (run_id, fence, execution_id, worker_id, phase, assigned_at,
     accept_deadline_at, started_at, reported_at)
   select run_id, ${fence}, gen_random_uuid(), ${workerId}, '${phase}', now(), now(), now(), now()
   from hodei.attempt where run_id = $1 and fence = 1`;
const event = (seq: string, type: string) =>
  `insert into hodei.run_event (run_id, seq, at, type)
   select id, ${seq}, now(), '${type}' from hodei.run where id = $1`;

/** How each invariant is broken, and whom the query must name. */
const PLANTED: Readonly<Record<string, readonly Plant[]>> = {
  "final-run-says-so": [
    run("finished_at = null", done),
    run("reason = null", done),
    run("finished_at = now()", waiting),
    run("reason = 'r'", held),
  ],
  "one-end-and-the-last-word": [
    [event("event_seq + 1", "Finished"), done],
    [event("event_seq + 1", "Started"), done],
    [event("event_seq + 1", "Finished"), held],
    ["delete from hodei.run_event where run_id = $1 and type = 'Finished'", done],
  ],
  "history-without-gaps": [
    ["delete from hodei.run_event where run_id = $1 and seq = 2", held],
    ["delete from hodei.run_event where run_id = $1 and seq = 1", held],
    ["delete from hodei.run_event where run_id = $1", waiting],
    run("event_seq = event_seq + 1", held),
  ],
  "verdict-is-kept": [
    run("verdict_phase = 'Failed', verdict_reason = 'r', verdict_at = now()", done),
  ],
  "stopping-run-has-attempt": [
    run("verdict_phase = 'Failed', verdict_reason = 'r', verdict_at = now()", waiting),
  ],
  "one-live-attempt-per-run": [[secondAttempt("2", "gen_random_uuid()", "Running"), held]],
  "one-live-attempt-per-worker": [[secondAttempt("2", "worker_id", "Running"), held, busy]],
  "active-run-has-attempt": [
    run("phase = 'Running', pending_reason = null", waiting),
    run("phase = 'Assigned'", held),
    run("fence = 2", held),
  ],
  "live-attempt-has-active-run": [
    run("phase = 'Pending', pending_reason = 'Queued'", held),
    run("fence = 2", held),
    ["update hodei.attempt set phase = 'Running', ended_at = null where run_id = $1", done],
  ],
  "fence-is-newest-attempt": [
    run("fence = 2", held),
    run("fence = 1", waiting),
    ["update hodei.attempt set fence = 3 where run_id = $1", held],
  ],
  "success-is-of-newest-attempt": [
    [
      "update hodei.attempt set phase = 'Succeeded', exit_code = 0, failure = null where run_id = $1",
      failed,
    ],
    [secondAttempt("2", "gen_random_uuid()", "Succeeded"), done],
  ],
  "success-has-attempt": [
    ["update hodei.attempt set phase = 'Failed', failure = 'app' where run_id = $1", done],
    run("phase = 'Succeeded', reason = 'r', finished_at = now(), pending_reason = null", waiting),
  ],
  "result-ends-attempt": [["update hodei.attempt set result_id = 'r' where run_id = $1", held]],
  "start-is-recorded": [
    ["update hodei.attempt set started_at = null where run_id = $1", done],
    ["update hodei.attempt set started_at = null where run_id = $1", failed],
    ["update hodei.attempt set phase = 'Assigned' where run_id = $1", held],
  ],
  "successor-waits-for-machine": [
    [
      `insert into hodei.attempt (run_id, fence, execution_id, worker_id, phase, assigned_at, accept_deadline_at)
       select run_id, 0, gen_random_uuid(), worker_id, 'Lost', now(), now() from hodei.attempt where run_id = $1`,
      held,
    ],
  ],
  "lost-within-limit": [
    ["update hodei.attempt set failure = 'worker-lost' where run_id = $1", failed],
  ],
  "returned-within-limit": [
    [
      `insert into hodei.attempt (run_id, fence, execution_id, worker_id, phase, failure, assigned_at, accept_deadline_at)
       select run_id, n, gen_random_uuid(), worker_id, 'Returned', 'dispatch', now(), now()
       from hodei.attempt, generate_series(2, 53) n where run_id = $1 and fence = 1`,
      failed,
    ],
  ],
  "serving-worker-has-session": [
    worker("session_sha256 = null", idle),
    worker("token_consumed_at = null", busy),
  ],
  "stream-has-epoch": [worker("session_epoch = 0", idle)],
  "output-without-holes": [
    [
      `insert into hodei.log_chunk (run_id, fence, seq, is_stderr, at, data)
       select $1::uuid, 1, n, false, now(), '' from unnest(array[1, 3]) n`,
      done,
    ],
    [
      `insert into hodei.log_chunk (run_id, fence, seq, is_stderr, at, data)
       values ($1, 1, 2, false, now(), '')`,
      held,
    ],
  ],
  "charged-within-limit": [run(`spec = spec::jsonb || '{"backoffLimit": -1}'`, failed)],
  "blocked-run-waits": [run("blocked_by = id", held)],
  "run-of-template-is-numbered": [
    run("template_number = 2", templated),
    run("template_number = 0", templated),
    run("template_version = 2", templated),
    run("template_id = id", templated),
  ],
  "versions-without-gaps": [
    ["update hodei.job_template set version = 2 where id = $1", template],
    ["delete from hodei.job_template_version where template_id = $1", template],
  ],
  "secret-has-run": [["delete from hodei.run where id = $1", templated]],
  "busy-worker-has-attempt": [
    worker("phase = 'Busy', run_id = id, run_fence = 1", idle),
    worker("run_fence = 2", busy),
    worker("phase = 'Draining', run_id = id, run_fence = 1", idle),
    ["delete from hodei.attempt where run_id = $1", held, busy],
  ],
  "live-attempt-has-worker": [
    worker("run_id = null, run_fence = null", busy),
    worker("phase = 'Terminating'", busy),
    ["delete from hodei.worker where id = $1", busy],
  ],
  "manual-attempt-is-nobodys": [
    ["update hodei.attempt set manual = true where run_id = $1", held, busy],
  ],
  "session-has-token": [worker("token_consumed_at = null", idle)],
  "terminated-holds-nothing": [
    worker("run_id = id, run_fence = 1", () => rows.gone),
    worker("gateway_id = id", () => rows.gone),
  ],
  "run-has-clock": [run("deadline_at = 'infinity'", waiting)],
  "suspended-run-waits": [
    run("suspended_at = now(), deadline_at = 'infinity'", waiting),
    run("suspended_at = now(), deadline_at = 'infinity'", held),
    run("pending_reason = 'Suspended'", waiting),
  ],
  "attempt-has-clock": [
    ["update hodei.attempt set reported_at = null where run_id = $1", held],
    ["update hodei.attempt set started_at = null where run_id = $1", held],
  ],
  "worker-has-clock": [
    worker("idle_since = null", idle),
    worker("lease_expires_at = null", idle),
    worker("lease_expires_at = null", busy),
    worker("phase = 'Connecting', connect_deadline_at = null", idle),
    worker("phase = 'Creating', register_deadline_at = null", idle),
    worker("phase = 'Draining', lease_expires_at = null", busy),
    worker("phase = 'Terminating'", idle),
    worker("terminated_at = null", () => rows.gone),
  ],
};

const cases = Object.entries(PLANTED).flatMap(([invariant, plants]) =>
  plants.map(([sql, id, reported]) => ({ invariant, sql, id, reported: reported ?? id })),
);

test.each(cases)("$invariant: $sql", async ({ invariant, sql, id, reported }) => {
  await at.tables.plant(sql, [id()]);
  const found = await at.violations();
  expect(found).toContainEqual({ invariant, id: reported(), detail: expect.any(String) });
});

test("machine-has-one-worker: one machine, two rows", async () => {
  await at.tables.plant("alter table hodei.worker drop constraint worker_external_id");
  await at.tables.plant("update hodei.worker set external_id = 'one'");
  expect(await at.violations()).toMatchObject([
    { invariant: "machine-has-one-worker", detail: "one" },
  ]);
});

test("token-is-of-one-worker: one token, three rows", async () => {
  await at.tables.plant("update hodei.worker set token_sha256 = 'one'");
  const [found] = await at.violations();
  expect(found).toMatchObject({ invariant: "token-is-of-one-worker" });
});

test("every invariant is said in words, and shown to be found", () => {
  const known = [...readViolations.text.matchAll(/select '([a-z-]+)'/g)].map(([, name]) => name);
  expect(known.sort()).toEqual(Object.keys(STATE_INVARIANTS).sort());
  const elsewhere = ["machine-has-one-worker", "token-is-of-one-worker"];
  expect([...Object.keys(PLANTED), ...elsewhere].sort()).toEqual(known);
});
