import type { RealWorkers } from "./report/report.ts";
import { nodeSpawns, shellForks } from "./scenarios/bare-spawns.ts";
import { type ProducersLoad, singleProducers } from "./scenarios/single-producers.ts";
import { type WorkedOff, workOff } from "./scenarios/work-off.ts";
import type { Databases } from "./stand/databases.ts";
import { realWorkers } from "./stand/hodei.ts";

/** How much is measured with worker processes. */
export interface RealEffort {
  readonly program: string;
  /** How many worker processes, one measurement each; the first number also with producers. */
  readonly workers: readonly number[];
  readonly backlog: { readonly jobs: number; readonly warmUpJobs: number };
  readonly bareMs: number;
  readonly producers: ProducersLoad;
}

/** Real workers, and what only starts the same program in as many processes. */
export async function measureReal(
  databases: Databases,
  { program, workers, backlog, bareMs, producers }: RealEffort,
  say: (text: string) => void,
): Promise<RealWorkers> {
  const [processes = 1] = workers;
  say("bare spawns");
  const bare = new Map([
    [`${processes} Node processes`, await nodeSpawns(program, processes, bareMs)],
    [`${processes} shells`, await shellForks(program, processes, backlog.jobs)],
  ]);
  const workedOff = new Map<string, WorkedOff>();
  for (const launch of workers.map(realWorkers)) {
    say(`real workers: ${launch.title}`);
    workedOff.set(launch.title, await workOff(databases, launch, backlog));
  }
  const launch = realWorkers(processes);
  const sustained = await singleProducers(databases, launch, producers);
  return { bare, workedOff, sustained: new Map([[launch.title, sustained]]) };
}
