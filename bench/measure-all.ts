import { describeMachine } from "./measure/machine.ts";
import { measureReal, type RealEffort } from "./measure-real.ts";
import type { Report } from "./report/report.ts";
import { type BulkLoad, bulkSubmit } from "./scenarios/bulk-submit.ts";
import { drain } from "./scenarios/drain.ts";
import { lostWorkers } from "./scenarios/lost-workers.ts";
import { openLoop } from "./scenarios/open-loop.ts";
import { promisePrices } from "./scenarios/promise-prices.ts";
import { singleProducers } from "./scenarios/single-producers.ts";
import { statementPrices } from "./scenarios/statement-prices.ts";
import { workOff } from "./scenarios/work-off.ts";
import type { Launch } from "./stand/contender.ts";
import { type Databases, startDatabases } from "./stand/databases.ts";
import { hodei, hodeiHttp } from "./stand/hodei.ts";
import { graphileDefault, graphileTuned, pgBossNotified, pgBossOwnLoop } from "./stand/peers.ts";

/** How much is measured. */
export interface Effort {
  readonly callers: number;
  readonly sustainMs: number;
  readonly drainJobs: number;
  readonly ratesPerSecond: readonly number[];
  readonly openLoopMs: number;
  readonly bulk: BulkLoad;
  readonly bookkeepingRuns: number;
  readonly prices: { readonly jobs: number; readonly rounds: number };
  readonly real: RealEffort;
  readonly losses: { readonly lost: number; readonly leaseMs: number };
}

export const FULL: Effort = {
  callers: 16,
  sustainMs: 5_000,
  drainJobs: 20_000,
  ratesPerSecond: [100, 500, 1_000, 2_000],
  openLoopMs: 5_000,
  bulk: { callers: 4, perRequest: 100, durationMs: 3_000 },
  bookkeepingRuns: 10_000,
  prices: { jobs: 4_000, rounds: 3 },
  real: {
    program: "/bin/true",
    workers: [4, 8],
    backlog: { jobs: 1_000, warmUpJobs: 200 },
    bareMs: 2_000,
    producers: { callers: 16, durationMs: 1_000, warmUpMs: 300 },
  },
  losses: { lost: 8, leaseMs: 15_000 },
};

const EVERYBODY = [graphileDefault, graphileTuned, pgBossNotified, pgBossOwnLoop, hodei];
/** A peer inserts in one way, however its workers are set. */
const INSERTING = [graphileTuned, pgBossOwnLoop, hodei, hodeiHttp];

/** Every scenario with every system, in turn, on one server. `say` hears what is being measured. */
export async function measureAll(effort: Effort, say: (text: string) => void): Promise<Report> {
  const databases = await startDatabases();
  const each = async <T>(
    name: string,
    launches: readonly Launch[],
    measure: (databases: Databases, launch: Launch) => Promise<T>,
  ): Promise<Map<string, T>> => {
    const measured = new Map<string, T>();
    for (const launch of launches) {
      say(`${name}: ${launch.title}`);
      measured.set(launch.title, await measure(databases, launch));
    }
    return measured;
  };
  const once = <T>(name: string, measure: () => Promise<T>): Promise<T> => {
    say(name);
    return measure();
  };
  try {
    const load = { callers: effort.callers, durationMs: effort.sustainMs };
    return {
      machine: describeMachine(databases.version),
      date: new Date().toISOString().slice(0, 10),
      sustained: await each("single producers", [...EVERYBODY, hodeiHttp], (on, launch) =>
        singleProducers(on, launch, load),
      ),
      drained: await each("drain", EVERYBODY, (on, launch) => drain(on, launch, effort.drainJobs)),
      openLoops: await each("open loop", EVERYBODY, (on, launch) =>
        openLoop(on, launch, effort.ratesPerSecond, effort.openLoopMs),
      ),
      bulk: await each("bulk", INSERTING, (on, launch) => bulkSubmit(on, launch, effort.bulk)),
      workedOff: await each("ten thousand", [hodei, hodeiHttp], (on, launch) =>
        workOff(on, launch, { jobs: effort.bookkeepingRuns }),
      ),
      statements: await once("statements", () => statementPrices(databases, effort.prices.jobs)),
      promises: await once("promises", () => promisePrices(databases, effort.prices)),
      real: await measureReal(databases, effort.real, say),
      replaced: await once("lost workers", () => lostWorkers(databases, effort.losses)),
    };
  } finally {
    await databases.close();
  }
}
