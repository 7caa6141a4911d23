import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunSummaryBody } from "#core/domain/spec/api.ts";
import { EAGER_PROFILES, type LocalMode, startLocalMode } from "../support/local-mode.ts";
import { until } from "../support/until.ts";

let local: LocalMode;
beforeAll(async () => {
  local = await startLocalMode({ profiles: EAGER_PROFILES });
});
afterAll(() => local.end());

test("a schedule whose time has come makes one run, which a worker executes", async () => {
  const { api } = local;
  await api.createTemplate(
    {
      name: "greet",
      spec: { shell: 'echo "hello $HODEI_PARAM_WHOM"' },
      parameters: [{ name: "WHOM", required: true }],
    },
    "k",
  );
  const input = { name: "yearly", template: "greet", cron: "@yearly", parameters: { WHOM: "you" } };
  const { id } = await api.createSchedule(input, "k");

  // Its year is over: the next tick finds it due.
  const [due] = await local.rows<{ at: number }>(
    `update hodei.schedule set version = version + 1, next_fire_at =
       date_trunc('year', now() at time zone 'UTC') at time zone 'UTC', catch_up_seconds = 400 * 86400
     returning hodei.ms(next_fire_at)::float8 as at`,
  );
  const runs = async (): Promise<readonly RunSummaryBody[]> =>
    (await api.templateRuns("greet", { phases: [], limit: 9 })).runs;
  await until(
    "it ran",
    async () => (await runs()).some(({ phase }) => phase === "Succeeded"),
    60_000,
  );
  expect(await runs()).toMatchObject([
    {
      ...{ phase: "Succeeded", template: { name: "greet", number: 1 } },
      schedule: { id, name: "yearly", scheduledFor: new Date(due?.at ?? 0).toISOString() },
    },
  ]);
  const seen = await api.schedule("yearly");
  expect(seen).toMatchObject({ last: { result: "Fired" }, lastRun: { phase: "Succeeded" } });
  expect(Date.parse(seen.nextRunAt ?? "")).toBeGreaterThan(Date.now());

  const { run } = await api.triggerSchedule("yearly", "now");
  expect(run).toMatchObject({ schedule: { id, scheduledFor: null }, template: { number: 2 } });
});
