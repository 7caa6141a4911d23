import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { bundleWorker } from "../../scripts/bundle.ts";
import type { LaunchedWorker } from "../hodei/launched-workers.ts";
import { machineMs } from "../measure/clock.ts";
import { hodeiGrpc } from "./hodei.ts";
import type { Executor, ExecutorEvents, System, Target } from "./system.ts";

const LOOK_MS = 100;

/** Real workers: the bundled agent, a process each, that forks and executes what it is sent. */
export const hodeiReal: System = { submitter: hodeiGrpc.submitter, executor: realWorkers };

/** They tell nobody but the platform, so what became of the jobs is read from its database. */
async function realWorkers(
  { databaseUrl, grpcAddress, workers }: Target,
  events: ExecutorEvents,
): Promise<Executor> {
  const folder = mkdtempSync(join(tmpdir(), "hodei-bench-workers-"));
  const bundle = join(folder, "worker.mjs");
  await bundleWorker(bundle);
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  process.on("SIGTERM", () => process.exit(0));
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  const children: ChildProcess[] = [];
  process.on("exit", () => {
    for (const child of children) child.kill("SIGKILL");
  });
  return {
    start: async () => {
      for (const worker of workers)
        children.push(startWorker({ bundle, grpcAddress, folder }, worker));
      await untilReady(database, workers.length);
      void report(database, events).catch(() => {}); // ends with its process
    },
    close: async () => {
      for (const child of children) child.kill("SIGTERM");
      await Promise.all(children.map((child) => child.exitCode === null && once(child, "exit")));
      await database.end();
    },
  };
}

interface Place {
  readonly bundle: string;
  readonly grpcAddress: string;
  readonly folder: string;
}

/** Told what a worker of local mode is told. */
function startWorker(
  { bundle, grpcAddress, folder }: Place,
  { workerId, token }: LaunchedWorker,
): ChildProcess {
  return spawn(process.execPath, [bundle], {
    env: {
      PATH: process.env.PATH,
      HODEI_SERVER_ADDRESS: `http://${grpcAddress}`,
      HODEI_WORKER_ID: workerId,
      HODEI_OTP_TOKEN: token,
      HODEI_WORK_DIR: join(folder, workerId),
      HODEI_LOG_LEVEL: "warn",
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
}

async function untilReady(database: pg.Client, count: number): Promise<void> {
  for (let ready = -1; ready < count; await pause(LOOK_MS)) {
    const { rows } = await database.query<{ ready: number }>(
      "select count(*)::int as ready from hodei.worker where phase = 'Ready'",
    );
    ready = rows[0]?.ready ?? 0;
  }
}

const FINISHED = `select r.id, hodei.ms(a.assigned_at) as sent, hodei.ms(r.finished_at) as finished,
    r.finished_at::text as cursor
  from hodei.run r join hodei.attempt a on a.run_id = r.id and a.fence = r.fence
  where r.finished_at > $1::timestamptz order by r.finished_at, r.id`;

/**
 * Says every run that finished, with the database's instants, whose clock is this machine's. One
 * gateway records one statement after the other, so nothing appears behind what was read.
 */
async function report(database: pg.Client, { onSent, onFinished }: ExecutorEvents): Promise<void> {
  const toMachineMs = machineMs() - Date.now();
  for (let since = "-infinity"; ; await pause(LOOK_MS)) {
    const { rows } = await database.query<FinishedRow>(FINISHED, [since]);
    for (const { id, sent, finished } of rows) {
      onSent(id, sent + toMachineMs);
      onFinished(id, finished + toMachineMs);
    }
    since = rows.at(-1)?.cursor ?? since;
  }
}

interface FinishedRow {
  readonly id: string;
  readonly sent: number;
  readonly finished: number;
  readonly cursor: string;
}
