import pg from "pg";
import { createControlStore } from "#adapters/store/control-store.ts";
import { createPgClient } from "#adapters/store/drivers/pg.ts";
import { placeRuns } from "#core/application/place-runs.ts";
import { reconcile } from "#core/application/reconcile.ts";
import { limits } from "#core/domain/limits.ts";
import type { ControlStore } from "#core/ports/control-store.ts";
import type { Databases } from "../stand/databases.ts";
import type { ScaleEffort } from "./effort.ts";
import { fillReady, fillWaiting, type Waiting } from "./fill-runs.ts";
import { migrated } from "./migrated-database.ts";
import { quietReconcile } from "./quiet-reconcile.ts";
import { type PerCall, repeated } from "./repeated.ts";

/** A kind of queue, of any length. */
export interface QueueKind {
  readonly title: string;
  of(runs: number): readonly Waiting[];
}

export interface PendingRuns {
  readonly runs: number;
  /** The tick, with no worker ready. */
  readonly tick: PerCall;
  /** The look of a gateway at the head of the queue, with workers ready. */
  readonly look: PerCall;
  /** Workers that were ready, and those that got a run within so many looks. */
  readonly ready: number;
  readonly placed: number;
  readonly looks: number;
}

/** The same kind of queue with few runs and with many. */
export interface PendingCompared {
  readonly title: string;
  readonly few: PendingRuns;
  readonly many: PendingRuns;
}

const READY = 100;
const LOOKS_MAX = 10;
/** As the hub asks: whether anything goes on waiting, and nothing of what for. */
const LOOK = { runsMin: 0, dueMax: limits.placementRunsPerShapeMax + 1 };
/** More than any run gains by waiting while this runs. */
const FIRST = { priority: limits.priorityMax };

/** Of a queue whose head cannot be placed, so much is the head. */
const HEAD_SHARE = 0.1;
const DUE_SHARE = 0.01;

const withHead = (needsLabel: "one" | "each") => (runs: number) => [
  { count: runs * HEAD_SHARE, needsLabel, ...FIRST },
  { count: runs * (1 - HEAD_SHARE) },
];

export const PLAIN: QueueKind = { title: "all alike", of: (count) => [{ count }] };
export const HIDDEN: QueueKind = {
  title: "a tenth, at the head, needs a label that no worker has",
  of: withHead("one"),
};
export const HIDDEN_BY_SHAPES: QueueKind = {
  title: "the same, another label for each",
  of: withHead("each"),
};
export const LATER: QueueKind = {
  title: "all but a hundredth start in an hour",
  of: (runs) => [
    { count: runs * DUE_SHARE },
    { count: runs * (1 - DUE_SHARE), startInMs: 3600_000 },
  ],
};

/** One kind of queue with few runs, and with many. */
export async function pendingRuns(
  databases: Databases,
  { title, of }: QueueKind,
  { pending: { few, many, repeats } }: ScaleEffort,
): Promise<PendingCompared> {
  return {
    title,
    few: await measureQueue(databases, of(few), repeats),
    many: await measureQueue(databases, of(many), repeats),
  };
}

let databasesMade = 0;

async function measureQueue(
  databases: Databases,
  waiting: readonly Waiting[],
  repeats: number,
): Promise<PendingRuns> {
  databasesMade += 1;
  const database = `scale_pending_${databasesMade}`;
  const url = await databases.create(database);
  await migrated(url);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const sql = createPgClient({ url, poolSize: 1, applicationName: "hodei-scale" });
  const store = createControlStore(sql);
  try {
    for (const part of waiting) await fillWaiting(client, part);
    await client.query("vacuum (analyze) hodei.run, hodei.run_event");
    const tick = await repeated(databases.pid, repeats, () => reconcile(quietReconcile(store)));
    await fillReady(client, READY);
    const look = await repeated(databases.pid, repeats, () => store.placement(LOOK));
    const runs = waiting.reduce((sum, { count }) => sum + count, 0);
    return { runs, tick, look, ready: READY, ...(await placeAll(store)) };
  } finally {
    await sql.close();
    await client.end();
    await databases.drop(database);
  }
}

/** Looks until every worker has a run, or too often. */
async function placeAll(store: ControlStore): Promise<{ placed: number; looks: number }> {
  const { newId, telemetry } = quietReconcile(store);
  let placed = 0;
  let looks = 0;
  while (placed < READY && looks < LOOKS_MAX) {
    const { assigned } = await placeRuns({ store, newId, telemetry, self: null, bounds: LOOK });
    placed += assigned.length;
    looks += 1;
  }
  return { placed, looks };
}
