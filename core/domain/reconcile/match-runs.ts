import { fits, waste } from "../worker/fit.ts";
import type { QueuedRun, QueuedShape, ReadyWorker } from "./snapshot.ts";

export interface Match {
  readonly run: QueuedRun;
  readonly worker: ReadyWorker;
}

/**
 * Pairs waiting runs with ready workers, in order of rank over all shapes: the run at the head
 * chooses first, and takes the worker that fits it most tightly. A run that fits no worker does not
 * stop those behind it. A worker made for one run serves only that run, and a run that asked for
 * its own worker takes no other. The best candidates of a shape are sorted once, not per run.
 */
export function matchRuns(
  queue: readonly QueuedShape[],
  workers: readonly ReadyWorker[],
  matchesMax = Number.POSITIVE_INFINITY,
): Match[] {
  const free = new Set(workers);
  const dedicated = new Map(workers.map((worker) => [worker.dedicatedRunId, worker]));
  const candidates = new Map(queue.map((shape) => [shape.shape, candidatesOf(shape, workers)]));
  const waiting = queue
    .flatMap((shape) => shape.runs.map((run) => ({ run, shape })))
    .sort((a, b) => a.run.rank - b.run.rank || (a.run.id < b.run.id ? -1 : 1));
  const matches: Match[] = [];
  for (const { run, shape } of waiting) {
    if (free.size === 0 || matches.length >= matchesMax) break;
    const worker = shape.placement.dedicatedWorker
      ? dedicated.get(run.id)
      : nextFree(candidates.get(shape.shape) ?? [], free);
    if (!worker || !free.delete(worker)) continue;
    matches.push({ run, worker });
  }
  return matches;
}

/** Tightest last, so that the best is popped. */
function candidatesOf({ placement }: QueuedShape, workers: readonly ReadyWorker[]): ReadyWorker[] {
  if (placement.dedicatedWorker) return [];
  return workers
    .filter((worker) => worker.dedicatedRunId === null && fits(placement, worker))
    .reverse() // equally tight: the one idle for longest comes first in `workers`, so last here
    .sort((a, b) => waste(placement, b) - waste(placement, a));
}

function nextFree(candidates: ReadyWorker[], free: Set<ReadyWorker>): ReadyWorker | undefined {
  for (let worker = candidates.pop(); worker; worker = candidates.pop())
    if (free.has(worker)) return worker;
  return undefined;
}
