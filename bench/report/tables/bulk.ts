import { count, decimal, markdownTable } from "../markdown-table.ts";
import { PEER_INSERT, perJobUs, type Report, ratio, totalMs } from "../report.ts";

/** Many jobs a request: how fast they are stored, and what that costs. */
export function bulkTable({ bulk }: Report): string {
  const theirs = bulk.get(PEER_INSERT)?.perSecond;
  return markdownTable(
    ["", "jobs/s", `× ${PEER_INSERT}`, "CPU µs/job", "commits/job", "WAL bytes/job"],
    [...bulk].map(([title, { perSecond, jobs, cost }]) => [
      title,
      count(perSecond),
      decimal(ratio(perSecond, theirs)),
      perJobUs(totalMs(cost), jobs),
      cost.commits / jobs < 0.1 ? (cost.commits / jobs).toFixed(3) : decimal(cost.commits / jobs),
      count(cost.walBytes / jobs),
    ]),
  );
}
