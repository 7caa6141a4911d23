import Table from "cli-table3";
import type { DemoJob, Outcome } from "./jobs.ts";

export interface Result {
  readonly job: DemoJob;
  readonly outcome: Outcome;
  /** What is wrong with it, null = as expected. */
  readonly wrong: string | null;
}

const seconds = (from: string | null, to: string | null): string =>
  from && to ? `${((Date.parse(to) - Date.parse(from)) / 1000).toFixed(1)} s` : "–";

/** One line per job: how it ended, on which worker, after how many attempts, how long it waited and ran. */
export function reportOf(results: readonly Result[], shorts: readonly Result[]): string {
  const table = new Table({
    head: ["job", "phase", "reason", "attempts", "worker", "waited", "ran", "as expected"],
    style: { head: [], border: [] },
    chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
  });
  for (const { outcome, wrong } of results) {
    const { run } = outcome;
    table.push([
      run.name,
      run.phase,
      run.reason ?? "",
      run.attempts,
      run.workerId?.slice(-8) ?? "–",
      seconds(run.createdAt, run.startedAt),
      seconds(run.startedAt, run.finishedAt),
      wrong === null ? "yes" : "NO",
    ]);
  }
  const runs = shorts.map(({ outcome }) => outcome.run);
  const workers = new Set(runs.map(({ workerId }) => workerId));
  const waits = runs
    .map((run) => Date.parse(run.startedAt ?? "") - Date.parse(run.createdAt))
    .sort((a, b) => a - b);
  table.push([
    `short × ${shorts.length}`,
    [...new Set(runs.map(({ phase }) => phase))].join(", "),
    [...new Set(runs.map(({ reason }) => reason))].join(", "),
    runs.reduce((sum, { attempts }) => sum + attempts, 0),
    `${workers.size} workers`,
    `median ${((waits[Math.floor(waits.length / 2)] ?? 0) / 1000).toFixed(1)} s`,
    "",
    shorts.every(({ wrong }) => wrong === null) ? "yes" : "NO",
  ]);
  return table.toString();
}
