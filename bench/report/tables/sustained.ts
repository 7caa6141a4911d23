import { count, decimal, markdownTable } from "../markdown-table.ts";
import { PEER_TUNED, perJobUs, type Report, ratio, totalMs } from "../report.ts";

/** Jobs submitted one by one: what is sustained, and what it costs in all. */
export function sustainedTable({ sustained }: Report): string {
  const tuned = sustained.get(PEER_TUNED)?.perSecond;
  return markdownTable(
    ["", "jobs/s", "× graphile-worker, tuned", "CPU µs/job", "commits/job", "WAL bytes/job"],
    [...sustained].map(([title, { perSecond, jobs, cost }]) => [
      title,
      count(perSecond),
      decimal(ratio(perSecond, tuned)),
      perJobUs(totalMs(cost), jobs),
      decimal(cost.commits / jobs),
      count(cost.walBytes / jobs),
    ]),
  );
}
