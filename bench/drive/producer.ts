/** The producer's process: `producer.ts <system>`, driven by its parent. */
import { machineMs } from "../measure/clock.ts";
import { serve } from "../stand/served.ts";
import { systemNamed } from "../systems/all-systems.ts";
import type { Submitter, Target } from "../systems/system.ts";
import { closedLoop, type Load, openLoop } from "./load.ts";

let submitter: Submitter | undefined;
let sent: [id: string, atMs: number][] = [];

function connected(): Submitter {
  if (!submitter) throw new Error("connect first");
  return submitter;
}

async function submitOne(): Promise<void> {
  const atMs = machineMs();
  sent.push([await connected().one(), atMs]);
}

const producer = {
  connect: async (target: Target): Promise<void> => {
    submitter = await systemNamed(process.argv[2] ?? "").submitter(target);
  },
  closedLoop: (options: { callers: number; durationMs: number }): Promise<Load> =>
    closedLoop(submitOne, options),
  openLoop: (options: { perSecond: number; durationMs: number }): Promise<Load> =>
    openLoop(submitOne, options),
  /** Callers that each send one request of so many jobs after the other. */
  bulkLoop: async (options: {
    callers: number;
    durationMs: number;
    perRequest: number;
  }): Promise<Load> => {
    const { submitted, elapsedMs } = await closedLoop(
      () => connected().many(options.perRequest),
      options,
    );
    return { submitted: submitted * options.perRequest, elapsedMs };
  },
  /** So many jobs in requests of so many, one request after the other. */
  many: async (count: number, perRequest: number): Promise<Load> => {
    const begin = machineMs();
    for (let done = 0; done < count; done += perRequest)
      await connected().many(Math.min(perRequest, count - done));
    return { submitted: count, elapsedMs: machineMs() - begin };
  },
  /** When each single job was submitted, since the last call. */
  sent: (): [id: string, atMs: number][] => {
    const all = sent;
    sent = [];
    return all;
  },
};
export type Producer = typeof producer;

serve(producer);
