import { defineStatement } from "#adapters/store/sql-client.ts";
import { Calamities } from "./calamities.ts";
import { Clients } from "./clients.ts";
import type { SimulatedDatabase } from "./database.ts";
import { lastLook } from "./last-look.ts";
import { NO_BUG, type Plant } from "./planted-bugs.ts";
import { VirtualGateway } from "./virtual-gateway.ts";
import { installVirtualGlobals } from "./virtual-globals.ts";
import type { Finding } from "./witness.ts";
import { World } from "./world.ts";

/** Things go wrong for so long … */
const FAULTS_MS = 45_000;
/** … and then everything must end within this, and everybody be gone within that. */
const RUNS_END_WITHIN_MS = 400_000;
const MACHINES_GO_WITHIN_MS = 1_500_000;
const GATEWAYS = 2;

export interface Outcome {
  readonly seed: number;
  readonly findings: readonly (Finding & { readonly atMs: number })[];
  readonly journal: string;
  readonly digest: string;
  readonly simulatedMs: number;
  readonly runs: number;
}

const countOpen = defineStatement(
  "simulation-count-open",
  `select jsonb_build_object('runs', (select count(*) from hodei.run r where r.finished_at is null),
    'workers', (select count(*) from hodei.worker w where w.phase <> 'Terminated')) as doc`,
);

/**
 * One life of an install, from its first run to its last machine: the same seed lives the same,
 * whatever was simulated before. Ends at the first violation of an invariant.
 */
export async function simulate(
  database: SimulatedDatabase,
  seed: number,
  plant: Plant = NO_BUG,
): Promise<Outcome> {
  await database.reset(seed);
  database.alter = plant.alter ?? ((statement) => statement);
  const world = new World(seed, database, plant);
  const restore = installVirtualGlobals(world.timeline, world.draw);
  try {
    await live(world);
  } catch (error) {
    world.found({
      invariant: "no-defect",
      detail: error instanceof Error ? `${error.stack}` : String(error),
    });
  } finally {
    restore();
  }
  const { journal, findings, witness, timeline } = world;
  return {
    ...{ seed, findings, journal: journal.text, digest: journal.digest },
    ...{ simulatedMs: Math.round(timeline.nowMs), runs: witness.runs.size },
  };
}

async function live(world: World): Promise<void> {
  const { timeline, faults, draw, findings, controlPlane } = world;
  const runs = draw.int(3, 9);
  for (let n = 0; n < GATEWAYS; n += 1) world.addGateway(VirtualGateway);
  controlPlane.start();
  new Clients(world).start(runs, FAULTS_MS / 2);
  new Calamities(world).start();
  const isBroken = () => findings.length > 0;
  await timeline.run(isBroken, FAULTS_MS);
  if (isBroken()) return;
  faults.isOver = true;
  world.note("weather", "nothing goes wrong any more");
  await quiet(world, isBroken, runs);
  if (!isBroken()) await lastLook(world);
}

/** All runs end, then all machines go. */
async function quiet(world: World, isBroken: () => boolean, runs: number): Promise<void> {
  const { timeline, ecs, witness } = world;
  let open = { runs, workers: 0 };
  const look = async () => {
    open = (await world.ask<typeof open>(countOpen))[0] ?? open;
    timeline.after(1_000, null, look);
  };
  await look();
  const allEnded = () => isBroken() || (open.runs === 0 && witness.runs.size === runs);
  if (!(await timeline.run(allEnded, timeline.nowMs + RUNS_END_WITHIN_MS)))
    return world.found({ invariant: "every-run-ends", detail: `${open.runs} runs are open` });
  world.keepOneGateway();
  const allGone = () => isBroken() || (open.workers === 0 && ecs.running.length === 0);
  if (!(await timeline.run(allGone, timeline.nowMs + MACHINES_GO_WITHIN_MS)))
    world.found({
      invariant: "nothing-is-left",
      detail: `${open.workers} workers, ${ecs.running.length} machines`,
    });
}
