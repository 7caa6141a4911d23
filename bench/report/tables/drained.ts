import { count, decimal, markdownTable } from "../markdown-table.ts";
import { PEER_DEFAULT, PEER_TUNED, perJobUs, type Report, ratio, totalMs } from "../report.ts";

/** A backlog: how fast it is worked off, and what that costs. */
export function drainedTable({ drained }: Report): string {
  const [tuned, plain] = [PEER_TUNED, PEER_DEFAULT].map((peer) => drained.get(peer)?.perSecond);
  return markdownTable(
    [
      ...["", "jobs", "jobs/s", "× graphile-worker", "× tuned"],
      ...["CPU µs/job", "commits/job", "WAL bytes/job"],
    ],
    [...drained].map(([title, { perSecond, jobs, cost }]) => [
      title,
      count(jobs),
      count(perSecond),
      ...[ratio(perSecond, plain), ratio(perSecond, tuned)].map(decimal),
      perJobUs(totalMs(cost), jobs),
      decimal(cost.commits / jobs),
      count(cost.walBytes / jobs),
    ]),
  );
}
