/** A process of stub workers, driven by its parent (`fleet.ts`). */
import { setTimeout as pause } from "node:timers/promises";
import { reconnectDelayMs } from "../../worker/backoff.ts";
import type { LaunchedWorker } from "../hodei/launched-workers.ts";
import { type StubEvents, StubWorker } from "../hodei/stub-worker.ts";
import { serve } from "../stand/served.ts";
import { type LogLoad, type LogsWritten, writeLogs } from "./log-writer.ts";
import { Tally } from "./tally.ts";

/** Streams opened at once. */
const ATTACHING_MAX = 16;

interface Execution {
  readonly executionId: string;
  readonly fence: number;
}

const attached = new Tally();
const started = new Tally();
const recorded = new Tally();
const stubs: StubWorker[] = [];
const running = new Map<StubWorker, Execution>();
const returning = new Set<StubWorker>();
let grpcAddress = "";

function stubOf(launched: LaunchedWorker): StubWorker {
  const events: StubEvents = {
    onSent: () => {},
    onStarted: (_runId, execution) => {
      running.set(stub, execution);
      started.add(1);
    },
    onRecorded: () => recorded.add(1),
    onLost: () => void comeBack(stub),
  };
  const stub: StubWorker = new StubWorker(grpcAddress, launched, events, { holdRuns: true });
  return stub;
}

/** As the real worker: after a jittered wait, as often as it takes. */
async function comeBack(stub: StubWorker): Promise<void> {
  if (returning.has(stub)) return;
  returning.add(stub);
  attached.add(-1);
  for (let failures = 0; returning.has(stub); failures += 1) {
    await pause(reconnectDelayMs(failures));
    await stub.reattach(grpcAddress).then(
      () => returning.delete(stub),
      () => {},
    );
  }
  attached.add(1);
}

const methods = {
  /** Registers all, opens their streams; resolves when all their first heartbeats are answered. */
  attach: async (address: string, workers: readonly LaunchedWorker[]): Promise<void> => {
    grpcAddress = address;
    const waiting = [...workers];
    const one = async () => {
      for (let next = waiting.pop(); next; next = waiting.pop()) {
        const stub = stubOf(next);
        stubs.push(stub);
        await stub.attach();
        await stub.beat();
        attached.add(1);
      }
    };
    await Promise.all(Array.from({ length: ATTACHING_MAX }, one));
  },
  attached: (count: number, timeoutMs: number): Promise<number> =>
    attached.reached(count, timeoutMs),
  started: (count: number, timeoutMs: number): Promise<number> => started.reached(count, timeoutMs),
  /** Every run that goes on succeeds; answers how many were recorded by then. */
  finish: (count: number, timeoutMs: number): Promise<number> => {
    for (const stub of stubs) stub.finish();
    return recorded.reached(count, timeoutMs);
  },
  /** Output of all runs that go on. */
  writeLogs: (load: LogLoad): Promise<LogsWritten> => writeLogs(running, load),
};
export type FleetProcess = typeof methods;

serve(methods);
