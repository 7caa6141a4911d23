import { setTimeout as pause } from "node:timers/promises";
import type { Timings } from "#core/domain/timings.ts";
import type { LaunchedWorker } from "../hodei/launched-workers.ts";
import { launchWorkerRows, startPlatform } from "../hodei/platform.ts";
import { StubWorker } from "../hodei/stub-worker.ts";
import { machineMs } from "../measure/clock.ts";
import { newDatabaseName } from "../stand/contender.ts";
import type { Databases } from "../stand/databases.ts";

const BETWEEN_MS = 700; // deaths and heartbeats meet in every phase
const LOOK_MS = 5;
const LEASES_MAX = 4;

export interface Replaced {
  readonly leaseMs: number;
  /** Of each: connection of its worker cut → the next attempt's command at another worker, ms. */
  readonly afterMs: readonly number[];
}

/**
 * Workers vanish with a run that may be repeated when their lease is over (`AfterLost`), while
 * others are idle: when does the next attempt reach one of those? Nobody is told; the platform runs
 * as deployed, with a tick each minute.
 */
export async function lostWorkers(
  databases: Databases,
  { lost, leaseMs }: { lost: number; leaseMs: number },
): Promise<Replaced> {
  const database = newDatabaseName("hodei-http");
  const databaseUrl = await databases.create(database);
  const timings = JSON.stringify(shortLease(leaseMs));
  const platform = await startPlatform(databaseUrl, { functions: true, timings });
  const launched = await launchWorkerRows(databaseUrl, 2 * lost);
  const workers = launched.map((worker) => new HoldingWorker(platform.grpcAddress, worker));
  try {
    await Promise.all(workers.map(({ stub }) => stub.attach().then(() => stub.beat())));
    await Promise.all(Array.from({ length: lost }, () => submit(platform.httpUrl)));
    const holders = () => workers.filter(({ runId }) => runId !== null);
    await until(() => holders().length === lost, leaseMs);
    const cut = new Map<string, number>();
    for (const { runId, stub } of holders()) {
      cut.set(runId ?? "", machineMs());
      stub.close();
      await pause(BETWEEN_MS);
    }
    await until(() => holders().length === 2 * lost, LEASES_MAX * leaseMs);
    const byRun = Map.groupBy(holders(), ({ runId }) => runId ?? "");
    return {
      leaseMs,
      afterMs: [...byRun].map(
        ([runId, both]) =>
          Math.max(...both.map(({ sentAtMs }) => sentAtMs)) - (cut.get(runId) ?? Number.NaN),
      ),
    };
  } finally {
    for (const { stub } of workers) stub.close();
    await platform.close();
    await databases.drop(database);
  }
}

/** A stub whose job never ends. */
class HoldingWorker {
  readonly stub: StubWorker;
  /** null until the job's code may run. */
  runId: string | null = null;
  sentAtMs = Number.NaN;

  constructor(grpcAddress: string, launched: LaunchedWorker) {
    const onSent = () => {
      this.sentAtMs = machineMs();
    };
    const onStarted = (runId: string) => {
      this.runId = runId;
    };
    const events = { onSent, onStarted, onRecorded: () => {} };
    this.stub = new StubWorker(grpcAddress, launched, events, { holdRuns: true });
  }
}

/** As an operator shortens it; the relations between the periods are kept. */
const shortLease = (leaseMs: number): Partial<Timings> => ({
  heartbeatPeriodMs: Math.floor(leaseMs / 3),
  leaseMs,
});

async function submit(httpUrl: string): Promise<void> {
  const response = await fetch(`${httpUrl}/v1/runs`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ command: ["/bin/true"], replacement: "AfterLost" }),
  });
  if (!response.ok) throw new Error(`the API answered ${response.status}`);
}

async function until(holds: () => boolean, withinMs: number): Promise<void> {
  const end = machineMs() + withinMs;
  while (!holds()) {
    if (machineMs() > end) throw new Error("lost workers: nothing happened in time");
    await pause(LOOK_MS);
  }
}
