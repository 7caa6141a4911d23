import { expect, onTestFinished, test } from "vitest";
import { SqlError } from "#adapters/store/sql-client.ts";
import { limits } from "#core/domain/limits.ts";
import { launchWorkers } from "../../../bench/hodei/launched-workers.ts";
import { administer } from "../../support/database.ts";
import { type GatewayFixture, startGateway } from "../../support/gateway-fixture.ts";
import { newTally, type StubTally, StubWorker } from "../../support/stub-worker.ts";
import { until } from "../../support/until.ts";

async function stubs(gateway: GatewayFixture, count: number): Promise<StubTally> {
  const tally = newTally();
  const launched = await launchWorkers(gateway.store, count);
  const workers = launched.map((one) => new StubWorker(gateway.port, one, tally));
  onTestFinished(() => {
    for (const worker of workers) worker.close();
  });
  await Promise.all(workers.map((worker) => worker.start()));
  return tally;
}

/** Hundreds of heartbeats a second are not what these are about. */
const CALM = { heartbeatPeriodMs: 2_000 };

const submitMany = (gateway: GatewayFixture, count: number) =>
  Promise.all(Array.from({ length: count }, () => gateway.submit()));

async function expectOnceEach(gateway: GatewayFixture, runIds: string[]): Promise<void> {
  const rows = await gateway.query(
    `select r.phase, count(*)::int as runs, count(a.*)::int as attempts
     from hodei.run r left join hodei.attempt a on a.run_id = r.id group by r.phase`,
  );
  expect(rows).toEqual([{ phase: "Succeeded", runs: runIds.length, attempts: runIds.length }]);
}

test("40 runs over 5 workers all finish, each exactly once", async () => {
  const gateway = await startGateway();
  const tally = await stubs(gateway, 5);
  const runIds = await submitMany(gateway, 40);
  await until("all are finished", () => tally.finished.length >= runIds.length);
  expect(tally).toMatchObject({ started: 40, accepted: 40, fenced: 0, duplicate: 0 });
  expect(new Set(tally.finished)).toEqual(new Set(runIds));
  await expectOnceEach(gateway, runIds);
  const workers = await gateway.query("select distinct phase from hodei.worker");
  expect(workers).toEqual([{ phase: "Ready" }]);
});

test("more workers at once than one look at the dispatches shows", {
  timeout: 60_000,
}, async () => {
  const gateway = await startGateway({ timings: CALM });
  const count = limits.tickBatchMax + 50;
  const runIds = await submitMany(gateway, count);
  const tally = await stubs(gateway, count);
  await until("all are finished", () => tally.finished.length >= count, 40_000);
  await expectOnceEach(gateway, runIds);
});

test("with connections cut and writes failing all the time, nothing acknowledged is lost", {
  timeout: 60_000,
}, async () => {
  let writes = 0;
  const gateway = await startGateway({
    timings: CALM,
    wrapSql: (sql) => ({
      // Every fifth answer is lost after its commit: the caller cannot know that it was applied.
      query: async <T>(...[statement, parameters]: Parameters<typeof sql.query>) => {
        const rows = await sql.query<T>(statement, parameters);
        if (!LOSABLE.has(statement.name)) return rows;
        writes += 1;
        if (writes % 5 === 0) throw new SqlError("unavailable", "the answer was lost");
        return rows;
      },
      close: () => sql.close(),
    }),
  });
  const tally = await stubs(gateway, 8);
  const runIds = await submitMany(gateway, 60);
  for (let done = 0; done < runIds.length; done += 15) {
    await until("some more are finished", () => tally.finished.length >= done, 40_000);
    await cutConnections(gateway);
  }
  await until("all are finished", () => tally.finished.length >= runIds.length, 40_000);
  const rows = await gateway.query("select id, phase from hodei.run");
  const succeeded = rows.filter(({ phase }) => phase === "Succeeded").map(({ id }) => id);
  expect(new Set(succeeded)).toEqual(new Set(tally.finished));
  await expectOnceEach(gateway, runIds);
  expect(tally.fenced).toBe(0);
  expect(tally.started).toBe(runIds.length);
});

const LOSABLE = new Set(["accept-attempts", "record-results", "beat-workers", "detach-workers"]);

/** As a failover does: every connection of the gateway dies in the middle of whatever it does. */
async function cutConnections(gateway: GatewayFixture): Promise<void> {
  const name = new URL(gateway.database.url).pathname.slice(1);
  await administer(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = '${name}' and application_name like 'hodei-%'`,
  );
}
