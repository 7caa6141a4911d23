import { readFileSync } from "node:fs";
import { createControlStore } from "#adapters/store/control-store.ts";
import { createPgClient } from "#adapters/store/drivers/pg.ts";
import type { SqlClient } from "#adapters/store/sql-client.ts";
import type { LaunchedWorker } from "../hodei/launched-workers.ts";
import { launchWorkerRows, type Platform, startPlatform } from "../hodei/platform.ts";
import { canMeasureCpu } from "../measure/cpu.ts";
import type { Databases } from "../stand/databases.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { storeRuns } from "./store-runs.ts";

/** One gateway process on a database of its own, and stub workers that are not attached yet. */
export interface ScaleStand {
  readonly platform: Platform;
  readonly fleet: Fleet;
  readonly sql: SqlClient;
  /** Stores so many runs, as a submit does. */
  submit(count: number): Promise<void>;
  close(): Promise<void>;
}

const ROWS_PER_STATEMENT = 1_000;
/** What a gateway has open besides its workers. */
const OTHER_FILES = 200;

let stands = 0;

/** Throws when the gateway may not open as many files as it will have connections. */
export async function openScaleStand(
  databases: Databases,
  size: { readonly workers: number; readonly clients: number },
): Promise<ScaleStand> {
  stands += 1;
  const database = `scale_${stands}`;
  const databaseUrl = await databases.create(database);
  const platform = await startPlatform(databaseUrl, { functions: false });
  refuseTooFewFiles(platform.parts.gateway ?? 0, size.workers);
  const sql = createPgClient({ url: databaseUrl, poolSize: 2, applicationName: "hodei-scale" });
  const fleet = await startFleet(await launchAll(databaseUrl, size.workers), size.clients);
  return {
    platform,
    fleet,
    sql,
    submit: (count) => storeRuns(createControlStore(sql), count),
    close: async () => {
      await fleet.close();
      await sql.close();
      await platform.close();
      await databases.drop(database);
    },
  };
}

async function launchAll(databaseUrl: string, count: number): Promise<LaunchedWorker[]> {
  const launched: LaunchedWorker[] = [];
  while (launched.length < count) {
    const more = Math.min(ROWS_PER_STATEMENT, count - launched.length);
    launched.push(...(await launchWorkerRows(databaseUrl, more)));
  }
  return launched;
}

/** Node raises its limit to the hard one when it starts; what it has is what it gets. */
function refuseTooFewFiles(pid: number, workers: number): void {
  if (!canMeasureCpu) return; // no /proc: the connections themselves will tell
  const line = /^Max open files\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, "utf8"));
  const allowed = Number(line?.[1] ?? Number.POSITIVE_INFINITY);
  const needed = workers + OTHER_FILES;
  if (allowed < needed)
    throw new Error(
      `the gateway may open ${allowed} files and needs ${needed}: raise it with ulimit -Hn ${needed}`,
    );
}
