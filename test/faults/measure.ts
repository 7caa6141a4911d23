import type { Row } from "./row.ts";
import { type Judged, Scene } from "./scene.ts";
import type { Stand } from "./stand.ts";

/** What a row did, over all its repetitions. */
export interface Outcome {
  readonly row: Row;
  readonly repetitions: number;
  readonly runs: number;
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  /** Machines without row or rows without machine after two sweeps. */
  readonly left: readonly string[];
  /** What the operator's query of the invariants found. */
  readonly violations: readonly unknown[];
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly boundMs: number;
}

/**
 * Recovery is counted from the injection, or from the end of an outage, to the end of every run that
 * was under way and of a probe that is submitted right afterwards: each of them is one sample. What
 * was under way is released in the same instant, so that results fall into the trouble too. `witness`: the
 * file that the code of all scenes tells.
 */
export async function measure(
  row: Row,
  stand: Stand,
  repetitions: number,
  witness?: string,
): Promise<Outcome> {
  const judged: Judged[] = [];
  const left: string[] = [];
  const violations: unknown[] = [];
  for (let n = 0; n < repetitions; n++) {
    await stand.untilWarm();
    const scene = new Scene(stand, witness);
    try {
      const from = await row.inject(stand, scene);
      scene.release();
      await scene.submit({ command: ["true"] }, { phase: "Succeeded", attempts: [1, 2, 3] });
      judged.push(await scene.judge(from));
      await row.check?.(stand, scene);
    } finally {
      scene.release(); // a row that fails must not spoil the next one
      await stand.heal();
    }
    left.push(...(await stand.leftAfterTwoSweeps()));
    violations.push(...(await stand.violations()));
  }
  const samples = judged.flatMap(({ recoveries }) => recoveries).sort((a, b) => a - b);
  return {
    ...{ row, repetitions, left, violations },
    runs: judged.reduce((sum, { runs }) => sum + runs, 0),
    lost: judged.flatMap(({ lost }) => lost),
    doubled: judged.flatMap(({ doubled }) => doubled),
    p50Ms: quantile(samples, 0.5),
    p95Ms: quantile(samples, 0.95),
    boundMs: row.bound.ms(stand.timings),
  };
}

/** Nearest rank: a sample that was really measured. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
