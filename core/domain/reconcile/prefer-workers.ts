import type { Strategy } from "../spec/run-spec.ts";
import { type Placement, waste } from "../worker/fit.ts";
import type { ReadyWorker } from "./snapshot.ts";

/** More than all labels together: a named worker comes before any label. */
export const PREFERRED_WORKER_POINTS = 1000;

/** How a pair was chosen; what runs without preferences under `packing` do not need to be told. */
export interface Decision {
  readonly strategy: Strategy;
  /** Ready workers that fitted, this one included, when the look began. */
  readonly candidates: number;
  /** Points of what the run prefers: more is better, 0 = nothing of it. */
  readonly score: number;
  /** What spoke for this worker, in words. */
  readonly reasons: readonly string[];
}

/** A run's own word, else affinity for runs with a key, else the install's. No affinity without a key. */
export function strategyOf({ prefer }: Placement, byDefault: Strategy): Strategy {
  const hasKey = prefer?.affinityKey != null;
  const strategy = prefer?.strategy ?? (hasKey ? "affinity" : byDefault);
  return strategy === "affinity" && !hasKey ? "packing" : strategy;
}

/** The tightest fit, idle for longest, and nothing else to look at. */
export const isPlain = (placement: Placement, strategy: Strategy): boolean =>
  placement.prefer === undefined && strategyOf(placement, strategy) === "packing";

/**
 * The workers of `fitting` in the order in which a run would like them, the best first. Preferred
 * workers and labels decide first, by points; the strategy decides among equals; then who idles for
 * longest; then the order given. Nothing is added and, but for excluded workers, nothing left out.
 *
 * - packing: the tightest fit, so that large workers stay free for large runs.
 * - least-loaded: the one that took the fewest runs.
 * - round-robin, first-available: the one that has been free for longest, however well it fits: as a
 *   worker runs one thing at a time, taking turns and taking the first that became free are the same.
 * - most-capacity: the largest, as the opposite of packing.
 * - affinity: one whose last run with a key had the same key, tightest first; else as packing.
 */
export function inOrderOfPreference(
  placement: Placement,
  fitting: readonly ReadyWorker[],
  byDefault: Strategy,
): ReadyWorker[] {
  const excluded = new Set(placement.prefer?.excludedWorkers);
  const strategy = strategyOf(placement, byDefault);
  return fitting
    .filter(({ id }) => !excluded.has(id))
    .map((worker) => ({ worker, keys: sortKeys(placement, strategy, worker) }))
    .sort((a, b) => compare(a.keys, b.keys))
    .map(({ worker }) => worker);
}

/** Points of what the run prefers and this worker is or has. */
export function pointsOf({ prefer }: Placement, worker: ReadyWorker): number {
  if (!prefer) return 0;
  const labels = prefer.preferredLabels.filter(({ key, value }) => worker.labels[key] === value);
  const weight = labels.reduce((sum, label) => sum + label.weight, 0);
  return weight + (prefer.preferredWorkers.includes(worker.id) ? PREFERRED_WORKER_POINTS : 0);
}

/** Why this worker, of so many. */
export function decisionOf(
  placement: Placement,
  byDefault: Strategy,
  worker: ReadyWorker,
  candidates: number,
): Decision {
  const strategy = strategyOf(placement, byDefault);
  const reasons = [
    ...preferredReasons(placement, worker),
    strategyReason(placement, strategy, worker),
  ];
  return { strategy, candidates, score: pointsOf(placement, worker), reasons };
}

/** Smaller is better, the first difference decides. */
function sortKeys(placement: Placement, strategy: Strategy, worker: ReadyWorker): number[] {
  const { idleSince = 0, runsTaken = 0 } = worker.use ?? {};
  const points = -pointsOf(placement, worker);
  switch (strategy) {
    case "packing":
      return [points, waste(placement, worker), idleSince];
    case "least-loaded":
      return [points, runsTaken, idleSince];
    case "round-robin":
    case "first-available":
      return [points, idleSince];
    case "most-capacity":
      return [points, -waste(placement, worker), idleSince];
    case "affinity":
      return [points, isAkin(placement, worker) ? 0 : 1, waste(placement, worker), idleSince];
  }
}

const isAkin = ({ prefer }: Placement, { use }: ReadyWorker): boolean =>
  prefer?.affinityKey != null && use?.affinityKey === prefer.affinityKey;

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [at, key] of a.entries()) {
    const difference = key - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function preferredReasons({ prefer }: Placement, worker: ReadyWorker): string[] {
  if (!prefer) return [];
  const labels = prefer.preferredLabels
    .filter(({ key, value }) => worker.labels[key] === value)
    .map(({ key, value, weight }) => `has the preferred label ${key}=${value} (+${weight})`);
  return prefer.preferredWorkers.includes(worker.id)
    ? ["is a preferred worker", ...labels]
    : labels;
}

function strategyReason(placement: Placement, strategy: Strategy, worker: ReadyWorker): string {
  switch (strategy) {
    case "packing":
      return "fits most tightly of those, then idle for longest";
    case "least-loaded":
      return `took the fewest runs of those: ${worker.use?.runsTaken ?? 0}`;
    case "round-robin":
    case "first-available":
      return "has been free for longest of those";
    case "most-capacity":
      return "is the largest of those";
    case "affinity":
      return isAkin(placement, worker)
        ? `had the last run of ${placement.prefer?.affinityKey}`
        : "no free worker had the last run of its key: fits most tightly";
  }
}
