import type { Strategy } from "../spec/run-spec.ts";
import { fits, type Placement, waste } from "../worker/fit.ts";
import { type Decision, decisionOf, inOrderOfPreference, isPlain } from "./prefer-workers.ts";
import type { QueuedRun, QueuedShape, ReadyWorker } from "./snapshot.ts";

export interface Match {
  readonly run: QueuedRun;
  readonly worker: ReadyWorker;
  readonly placement: Placement;
  /** null = the tightest fit, idle for longest, as for every run that asks for nothing else. */
  readonly decision: Decision | null;
}

/**
 * Pairs waiting runs with ready workers, in order of rank over all shapes: the run at the head
 * chooses first, and takes the worker that fits it most tightly, or the one that it or the install
 * prefers. A run that fits no worker does not stop those behind it. A worker made for one run serves
 * only that run, and a run that asked for its own worker takes no other. The best candidates of a
 * shape are sorted once, not per run.
 */
export function matchRuns(
  queue: readonly QueuedShape[],
  workers: readonly ReadyWorker[],
  matchesMax = Number.POSITIVE_INFINITY,
  strategy: Strategy = "packing",
): Match[] {
  const free = new Set(workers);
  const dedicated = new Map(workers.map((worker) => [worker.dedicatedRunId, worker]));
  const candidates = new Map(
    queue.map((shape) => [shape.shape, candidatesOf(shape, workers, strategy)]),
  );
  const waiting = queue
    .flatMap((shape) => shape.runs.map((run) => ({ run, shape })))
    .sort((a, b) => a.run.rank - b.run.rank || (a.run.id < b.run.id ? -1 : 1));
  const matches: Match[] = [];
  for (const { run, shape } of waiting) {
    if (free.size === 0 || matches.length >= matchesMax) break;
    const { placement } = shape;
    const some = candidates.get(shape.shape);
    const worker = placement.dedicatedWorker
      ? dedicated.get(run.id)
      : nextFree(some?.worstFirst ?? [], free);
    if (!worker || !free.delete(worker)) continue;
    const isChosen = some !== undefined && !some.isPlain;
    const decision = isChosen ? decisionOf(placement, strategy, worker, some.count) : null;
    matches.push({ run, worker, placement, decision });
  }
  return matches;
}

interface Candidates {
  /** The best is popped. */
  readonly worstFirst: ReadyWorker[];
  readonly count: number;
  readonly isPlain: boolean;
}

function candidatesOf(
  { placement }: QueuedShape,
  workers: readonly ReadyWorker[],
  strategy: Strategy,
): Candidates {
  if (placement.dedicatedWorker) return { worstFirst: [], count: 0, isPlain: true };
  const fitting = workers.filter(
    (worker) => worker.dedicatedRunId === null && fits(placement, worker),
  );
  if (!isPlain(placement, strategy)) {
    const worstFirst = inOrderOfPreference(placement, fitting, strategy).reverse();
    return { worstFirst, count: worstFirst.length, isPlain: false };
  }
  const worstFirst = fitting
    .reverse() // equally tight: the one idle for longest comes first in `workers`, so last here
    .sort((a, b) => waste(placement, b) - waste(placement, a));
  return { worstFirst, count: worstFirst.length, isPlain: true };
}

function nextFree(candidates: ReadyWorker[], free: Set<ReadyWorker>): ReadyWorker | undefined {
  for (let worker = candidates.pop(); worker; worker = candidates.pop())
    if (free.has(worker)) return worker;
  return undefined;
}
