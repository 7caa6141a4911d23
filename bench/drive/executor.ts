/** The executor's process: `executor.ts <system>`, driven by its parent. */
import { machineMs } from "../measure/clock.ts";
import { serve } from "../stand/served.ts";
import { systemNamed } from "../systems/all-systems.ts";
import type { Executor as SystemExecutor, Target } from "../systems/system.ts";

/** What became of the jobs since the last `take`. Instants of `machineMs`. */
export interface Executed {
  readonly ids: string[];
  readonly sentAtMs: number[];
  readonly finishedIds: string[];
  readonly finishedAtMs: number[];
}

const nothing = (): Executed => ({ ids: [], sentAtMs: [], finishedIds: [], finishedAtMs: [] });

let executor: SystemExecutor | undefined;
let executed = nothing();
let waiting: { count: number; resolve: () => void } | null = null;

function onSent(id: string, atMs = machineMs()): void {
  executed.ids.push(id);
  executed.sentAtMs.push(atMs);
}

function onFinished(id: string, atMs = machineMs()): void {
  executed.finishedIds.push(id);
  if (executed.finishedAtMs.push(atMs) >= (waiting?.count ?? Number.POSITIVE_INFINITY))
    waiting?.resolve();
}

const methods = {
  connect: async (target: Target): Promise<void> => {
    executor = await systemNamed(process.argv[2] ?? "").executor(target, { onSent, onFinished });
  },
  start: async (): Promise<void> => {
    if (!executor) throw new Error("connect first");
    await executor.start();
  },
  /** Resolves when so many jobs finished since the last `take`, or when the time is over. */
  finished: async (count: number, timeoutMs: number): Promise<number> => {
    if (executed.finishedAtMs.length < count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting = { count, resolve };
      const timer = setTimeout(resolve, timeoutMs);
      await promise;
      clearTimeout(timer);
      waiting = null;
    }
    return executed.finishedAtMs.length;
  },
  take: (): Executed => {
    const all = executed;
    executed = nothing();
    return all;
  },
};
export type Executor = typeof methods;

serve(methods);
