import { readFileSync } from "node:fs";
import { memoryOf } from "../support/memory-of.ts";

const MIB = 1024 * 1024;
/** What a process of Node may move about without growing. */
const SLACK_BYTES = 48 * MIB;
const GROWTH_MAX = 0.25;

/**
 * Whether processes grow: they are killed and begin anew, so the highest of all lives in the first
 * half is compared with the highest of all lives in the second half.
 */
export class ProcessMemory {
  readonly #samples = new Map<string, number[]>();

  /** Looks at a process and all below it now; without /proc nothing is seen. */
  look(name: string, pid: number | undefined): void {
    const bytes = ownBytes(String(pid));
    if (bytes === 0) return; // it is just going
    this.#samples.set(name, [...(this.#samples.get(name) ?? []), bytes]);
  }

  get peaks(): readonly { name: string; before: number; after: number }[] {
    return [...this.#samples].map(([name, samples]) => {
      const half = Math.ceil(samples.length / 2);
      const peak = (part: readonly number[]) => Math.round(Math.max(0, ...part) / MIB);
      return { name, before: peak(samples.slice(0, half)), after: peak(samples.slice(half)) };
    });
  }

  /** Those that grew. */
  get grown(): readonly string[] {
    return this.peaks
      .filter(({ before, after }) => after * MIB > before * MIB * (1 + GROWTH_MAX) + SLACK_BYTES)
      .map(({ name, before, after }) => `${name}: ${before} MiB, then ${after} MiB`);
  }
}

/** Memory that is a process's own: what it shares, as Postgres its buffers, would be counted for each. */
function ownBytes(pid: string): number {
  const own = memoryOf(Number(pid), "RssAnon") || 0;
  const children = textOf(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean);
  return children.reduce((sum, child) => sum + ownBytes(child), own);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
