import { describeMachine } from "./measure/machine.ts";
import type { Report } from "./report/report.ts";
import { drain } from "./scenarios/drain.ts";
import { openLoop } from "./scenarios/open-loop.ts";
import { singleProducers } from "./scenarios/single-producers.ts";
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
}

export const FULL: Effort = {
  callers: 16,
  sustainMs: 5_000,
  drainJobs: 20_000,
  ratesPerSecond: [100, 500, 1_000, 2_000],
  openLoopMs: 5_000,
};

const EVERYBODY = [graphileDefault, graphileTuned, pgBossNotified, pgBossOwnLoop, hodei];

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
    };
  } finally {
    await databases.close();
  }
}
