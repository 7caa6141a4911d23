import type { LaunchedWorker } from "../hodei/launched-workers.ts";
import { type Child, startChild } from "../stand/child.ts";
import type { FleetProcess } from "./fleet-process.ts";
import type { LogLoad, LogsWritten } from "./log-writer.ts";

/** Stub workers in processes of their own, each with a connection of its own. */
export interface Fleet {
  readonly size: number;
  readonly pids: readonly number[];
  /** Registers all and opens their streams; resolves when all first heartbeats are answered. */
  attach(grpcAddress: string): Promise<void>;
  /** How many are attached when all are, or when the time is over. */
  attached(timeoutMs: number): Promise<number>;
  /** How many runs were started when every worker has one, or when the time is over. */
  started(timeoutMs: number): Promise<number>;
  /** Ends every run with success; how many were recorded. */
  finish(timeoutMs: number): Promise<number>;
  writeLogs(load: LogLoad): Promise<LogsWritten>;
  close(): Promise<void>;
}

interface Part {
  readonly child: Child<FleetProcess>;
  readonly workers: readonly LaunchedWorker[];
}

/** Spreads the workers over so many processes; none is attached yet. */
export async function startFleet(
  workers: readonly LaunchedWorker[],
  processes: number,
): Promise<Fleet> {
  const parts: Part[] = await Promise.all(
    Array.from({ length: processes }, async (_, index) => ({
      child: await startChild<FleetProcess>("scale/fleet-process.ts"),
      workers: workers.filter((_worker, at) => at % processes === index),
    })),
  );
  const each = <T>(ask: (part: Part) => Promise<T>) => Promise.all(parts.map(ask));
  const sum = async (ask: (part: Part) => Promise<number>) =>
    (await each(ask)).reduce((total, count) => total + count, 0);
  return {
    size: workers.length,
    pids: parts.map(({ child }) => child.pid),
    attach: async (address) =>
      void (await each(({ child, workers: mine }) => child.call.attach(address, mine))),
    attached: (ms) => sum(({ child, workers: mine }) => child.call.attached(mine.length, ms)),
    started: (ms) => sum(({ child, workers: mine }) => child.call.started(mine.length, ms)),
    finish: (ms) => sum(({ child, workers: mine }) => child.call.finish(mine.length, ms)),
    writeLogs: async (load) => {
      const linesPerSecond = load.linesPerSecond / parts.length;
      return together(await each(({ child }) => child.call.writeLogs({ ...load, linesPerSecond })));
    },
    close: async () => void (await each(({ child }) => child.stop())),
  };
}

const together = (all: readonly LogsWritten[]): LogsWritten => {
  const sum = (of: (one: LogsWritten) => number) => all.reduce((total, one) => total + of(one), 0);
  return {
    offered: sum(({ offered }) => offered),
    acknowledged: sum(({ acknowledged }) => acknowledged),
    chunks: sum(({ chunks }) => chunks),
    refused: sum(({ refused }) => refused),
    elapsedMs: Math.max(...all.map(({ elapsedMs }) => elapsedMs)),
  };
};
