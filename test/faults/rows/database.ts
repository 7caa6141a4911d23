import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { until } from "../../support/until.ts";
import { bounds, type Row } from "../row.ts";
import { passed, type Scene } from "../scene.ts";
import type { Stand } from "../stand.ts";

const of = "Postgres";

const OTHERS = `select pg_terminate_backend(pid) from pg_stat_activity
  where pid <> pg_backend_pid() and backend_type = 'client backend'`;

const SETTING = "default_transaction_read_only";

/** As a demoted writer answers: every write is refused, also on connections made from now on. */
async function readOnlyFor(stand: Stand, ms: number): Promise<void> {
  await stand.rows(`alter system set ${SETTING} = on`);
  await stand.rows("select pg_reload_conf()");
  await passed(ms);
  await stand.rows(`alter system reset ${SETTING}`);
  await stand.rows("select pg_reload_conf()");
}

/** Seven machines whose rows the restored database has never seen, and which do not leave by themselves. */
async function restore(stand: Stand, scene: Scene): Promise<number> {
  const back = await stand.server.keep();
  await stand.untilWarm();
  const ids = await Promise.all(
    Array.from({ length: STRANGERS }, () =>
      stand.api.submit({ shell: scene.held(), dedicatedWorker: true }, crypto.randomUUID()),
    ),
  ).then((all) => all.map(({ run }) => run.id));
  await scene.untilStarted(ids);
  const machines = (await scene.workersOf(ids)).map((id) => stand.machineOf(id));
  for (const machine of machines) await machine.freeze();
  await back();
  const from = Date.now();
  // A restore takes longer than a machine may be unknown; its length is put into the clock.
  await until("the restored database answers", async () => {
    await stand.rows(LATER);
    return true;
  });
  await scene.submit({ command: ["true"] });
  await scene.untilFinal();
  await stand.rows("update hodei.control set swept_at = '-infinity'");
  stand.tick();
  await until("it was swept", async () => {
    const sql = "select 1 from hodei.control where swept_at > '-infinity'";
    return (await stand.rows(sql)).length === 1;
  });
  await scene.submit({ command: ["true"] });
  await scene.untilFinal();
  expect(machines.filter((machine) => machine.isAlive())).toHaveLength(STRANGERS);
  const said = readFileSync(join(stand.stateDir, "logs", "functions.log"), "utf8");
  expect(said).toContain("too many unknown machines: none was stopped");
  for (const machine of machines) machine.kill(); // what an operator does next
  return from + CLOCK_ON_MS; // ends are read by the clock of the database
}

const STRANGERS = 7;
const CLOCK_ON_MS = 11 * 60_000;
const LATER = `create or replace function hodei.clock() returns timestamptz language sql volatile
  as $$ select clock_timestamp() + interval '11 min' $$`;

export const databaseRows: readonly Row[] = [
  {
    of,
    name: "Postgres restarted at once",
    injected: "pg_ctl -m immediate (SIGQUIT) and a start, while three runs run",
    holds: "recovery from its log; what was acknowledged is there",
    bound: bounds.restart,
    ...{ repetitions: 4, short: true },
    inject: async (stand, scene) => {
      await scene.start(3);
      const from = Date.now();
      scene.release();
      await stand.server.crash();
      return from;
    },
  },
  {
    of,
    name: "Postgres refuses connections",
    injected: "for 10 s every connection is reset and none is taken; counted from the end",
    holds: "gateways keep their streams and acknowledge nothing; the same attempts go on",
    bound: bounds.restart,
    repetitions: 2,
    inject: async (stand, scene) => {
      await scene.start(3);
      await stand.database.down();
      scene.release();
      await passed(10_000);
      await stand.database.up();
      return Date.now();
    },
  },
  {
    of,
    name: "Postgres ends its backends",
    injected: "pg_terminate_backend of every connection, twenty times in 2 s",
    holds: "statements in flight are repeated; each is applied once",
    bound: bounds.restart,
    ...{ repetitions: 3, short: true },
    inject: async (stand, scene) => {
      await scene.start(3);
      const from = Date.now();
      scene.release();
      for (let n = 0; n < 20; n++) {
        await stand.rows(OTHERS).catch(() => {});
        await passed(100);
      }
      return from;
    },
  },
  {
    of,
    name: "Postgres takes no writes",
    injected: "read-only for 5 s, as a writer that was demoted; counted from the end",
    holds: "nothing is acknowledged meanwhile; the same attempts go on",
    bound: bounds.restart,
    repetitions: 2,
    inject: async (stand, scene) => {
      await scene.start(3);
      scene.release();
      await readOnlyFor(stand, 5_000);
      return Date.now();
    },
  },
  {
    of,
    name: "database slow",
    injected:
      "every byte to and from it comes 200 ms ± 100 ms later, for the whole life of the runs",
    holds: "slow, and nothing is lost",
    bound: bounds.machine,
    repetitions: 2,
    inject: async (stand, scene) => {
      stand.database.toxics({ latencyMs: 200, jitterMs: 100 });
      const from = Date.now();
      await scene.start(3);
      return from;
    },
  },
  {
    of,
    name: "database restored to an earlier point",
    injected: `the files of before, a clock 11 min on, and ${STRANGERS} machines (frozen) that it never knew`,
    holds: "none of them is stopped (breaker); new runs run",
    bound: bounds.leaseAndGrace,
    repetitions: 1,
    alone: true,
    inject: restore,
  },
];
