import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isFinal } from "#core/domain/spec/api.ts";
import { EAGER_PROFILES, type LocalMode, startLocalMode } from "../support/local-mode.ts";
import { until } from "../support/until.ts";

const RUNS = 40;
let local: LocalMode;

beforeAll(async () => {
  local = await startLocalMode({ profiles: EAGER_PROFILES });
});
afterAll(() => local.end());

/** The job tells the disk, apart from the platform, when its code starts and when it ends. */
const job = (witness: string) => ({
  shell: `echo "start $HODEI_RUN_ID $HODEI_ATTEMPT" >> ${witness}; sleep 1.2; echo "end $HODEI_RUN_ID $HODEI_ATTEMPT" >> ${witness}`,
});

const finished = async () => {
  const [row] = await local.rows<{ n: number }>(
    "select count(*)::int as n from hodei.run where finished_at is not null",
  );
  return row?.n ?? 0;
};

const kill = (pid: number | undefined) => process.kill(pid ?? Number.NaN, "SIGKILL");

test("forty runs finish once each although everything is killed in turn", async () => {
  const witness = join(local.stateDir, "witness");
  const submits = Array.from({ length: RUNS }, () => local.api.submit(job(witness), randomUUID()));
  const ids = (await Promise.all(submits)).map(({ run }) => run.id);
  const untilFinished = (n: number) =>
    until(`${n} runs are finished`, async () => (await finished()) >= n, 60_000);

  await untilFinished(4);
  const gatewayPid = local.gateway.pid;
  kill(gatewayPid);
  await until("the gateway is back", () => local.gateway.pid !== gatewayPid);

  await untilFinished(12);
  const [busy] = await local.rows<{ id: string }>(
    `select w.id from hodei.worker w join hodei.attempt a on a.worker_id = w.id
     where w.phase = 'Busy' and a.phase = 'Running' limit 1`,
  );
  kill(local.pidOf(busy?.id ?? ""));

  await untilFinished(20);
  const functionsPid = local.functions.pid;
  kill(functionsPid);
  await until("the functions are back", () => local.functions.pid !== functionsPid);

  await untilFinished(28);
  const postgresPid = local.postgres?.pid;
  kill(postgresPid);
  await until("Postgres is back", () => local.postgres?.pid !== postgresPid);

  await untilFinished(RUNS);
  const runs = await Promise.all(ids.map((id) => local.api.run(id)));
  expect(runs.map(({ phase, reason }) => `${phase} ${reason}`)).toEqual(
    Array(RUNS).fill("Succeeded Completed"),
  );
  expect(runs.every(({ phase }) => isFinal(phase))).toBe(true);
});

test("each run has exactly one recorded result, and each attempt ran at most once", async () => {
  const results = await local.rows<{ run_id: string; n: number }>(
    `select run_id, count(*)::int as n from hodei.attempt where phase = 'Succeeded' group by run_id`,
  );
  expect(results).toHaveLength(RUNS);
  expect(results.every(({ n }) => n === 1)).toBe(true);
  const [worker] = await local.rows<{ n: number }>(
    "select count(*)::int as n from hodei.attempt where failure = 'worker-lost'",
  );
  expect(worker?.n).toBe(1); // the one busy worker that was killed, and nobody else
  const starts = readFileSync(join(local.stateDir, "witness"), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("start"));
  expect(new Set(starts).size).toBe(starts.length);
  expect(starts).toHaveLength(RUNS + 1);
});

test("the events of every run are gap-free", async () => {
  const gaps = await local.rows(
    `select run_id from hodei.run_event group by run_id having max(seq) <> count(*) or min(seq) <> 1`,
  );
  expect(gaps).toEqual([]);
});

test("no machine is left, and no invariant is broken", async () => {
  await local.untilNoMachine();
  expect(await local.violations()).toEqual([]);
});
