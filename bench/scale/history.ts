import pg from "pg";
import { createControlStore } from "#adapters/store/control-store.ts";
import { createPgClient } from "#adapters/store/drivers/pg.ts";
import { createRunReader } from "#adapters/store/run-reader.ts";
import type { SqlClient } from "#adapters/store/sql-client.ts";
import { reconcile } from "#core/application/reconcile.ts";
import type { RunPhase } from "#core/domain/job-run/phase.ts";
import { limits } from "#core/domain/limits.ts";
import { drain } from "../scenarios/drain.ts";
import { singleProducers } from "../scenarios/single-producers.ts";
import type { Contender, Launch } from "../stand/contender.ts";
import type { Databases } from "../stand/databases.ts";
import { hodei } from "../stand/hodei.ts";
import { type Deletion, deleteAll } from "./deletion.ts";
import type { Moves, ScaleEffort } from "./effort.ts";
import { fillHistory } from "./fill-runs.ts";
import { migrated } from "./migrated-database.ts";
import { quietReconcile } from "./quiet-reconcile.ts";
import { type PerCall, repeated } from "./repeated.ts";

/** What is done beside so many finished runs. */
export interface WithHistory {
  readonly runs: number;
  /** null: there was no gateway. */
  readonly moved: Moved | null;
  readonly tick: PerCall;
  readonly newestPage: PerCall;
  /** The list of those that failed, of which there are none. */
  readonly rarePage: PerCall;
  readonly get: PerCall;
  readonly deletion: Deletion;
}

/** Per second, and CPU of gateway and Postgres for one. */
export interface Moved {
  readonly drainPerSecond: number;
  readonly drainUsPerRun: number;
  readonly producersPerSecond: number;
  readonly producersUsPerRun: number;
}

const CHUNKS_PER_EXPIRED = 5;
/** One takes as long as many of the others. */
const RARE_REPEATS = 3;
/** What takes a fraction of a millisecond is repeated more often: processor time is told in 10 ms. */
const QUICK_FACTOR = 10;

/** Everything that a full database could slow down, beside so many finished runs. */
export async function withHistory(
  databases: Databases,
  runs: number,
  { history: effort }: ScaleEffort,
): Promise<WithHistory> {
  const stage = await openStage(databases, effort.moves !== null);
  const { databaseUrl: url, contender } = stage;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const sql = createPgClient({ url, poolSize: 1, applicationName: "hodei-scale" });
  try {
    const { expired } = effort;
    await fillHistory(client, { runs, expired, chunksPerExpired: CHUNKS_PER_EXPIRED });
    const moved =
      contender && effort.moves ? await moveRuns(databases, contender, effort.moves) : null;
    const deletion = await deleteAll(databases, client, sql); // before a tick does it
    return { runs, moved, deletion, ...(await measureReads(databases, sql, effort.repeats)) };
  } finally {
    await sql.close();
    await client.end();
    await stage.close();
  }
}

interface Stage {
  readonly databaseUrl: string;
  readonly contender: Contender | null;
  close(): Promise<void>;
}

let databasesMade = 0;

async function openStage(databases: Databases, withGateway: boolean): Promise<Stage> {
  if (withGateway) {
    const contender = await hodei.launch(databases);
    return { databaseUrl: contender.databaseUrl, contender, close: () => contender.close() };
  }
  databasesMade += 1;
  const database = `scale_history_${databasesMade}`;
  const databaseUrl = await databases.create(database);
  await migrated(databaseUrl);
  return { databaseUrl, contender: null, close: () => databases.drop(database) };
}

async function moveRuns(
  databases: Databases,
  contender: Contender,
  { drainJobs, callers, sustainMs }: Moves,
): Promise<Moved> {
  // Both scenarios on this one, filled as it is.
  const same: Launch = {
    title: hodei.title,
    launch: async () => ({ ...contender, close: async () => {} }),
  };
  const drained = await drain(databases, same, drainJobs);
  const sustained = await singleProducers(databases, same, { callers, durationMs: sustainMs });
  const perRun = ({ jobs, cost }: typeof drained) => {
    const { gateway = Number.NaN, postgres = Number.NaN } = cost.cpuMs;
    return ((gateway + postgres) * 1000) / jobs;
  };
  return {
    drainPerSecond: drained.perSecond,
    drainUsPerRun: perRun(drained),
    producersPerSecond: sustained.perSecond,
    producersUsPerRun: perRun(sustained),
  };
}

async function measureReads({ pid }: Databases, sql: SqlClient, repeats: number) {
  const reader = createRunReader(sql);
  const store = createControlStore(sql);
  const page = (phases: readonly RunPhase[]) =>
    reader.runs({ phases, labels: {}, limit: limits.pageItemsDefault, cursor: null });
  const [newest] = (await page([])).runs;
  return {
    tick: await repeated(pid, repeats, () => reconcile(quietReconcile(store))),
    newestPage: await repeated(pid, repeats * QUICK_FACTOR, () => page([])),
    rarePage: await repeated(pid, RARE_REPEATS, () => page(["Failed"])),
    get: await repeated(pid, repeats * QUICK_FACTOR, () => reader.run(newest?.id ?? "")),
  };
}
