import { quantiles } from "../../measure/quantiles.ts";
import { count, decimal, markdownTable } from "../markdown-table.ts";
import type { Report } from "../report.ts";

/** How long a run of a vanished worker waits for its next attempt, against the lease. */
export function lostWorkersTable({ replaced: { leaseMs, afterMs } }: Report): string {
  const { count: lost, p50, max } = quantiles(afterMs);
  return markdownTable(
    [
      "workers lost",
      "lease, s",
      "p50 of the wait, × lease",
      "longest, × lease",
      "longest − lease, s",
    ],
    [
      [
        count(lost),
        decimal(leaseMs / 1000),
        (p50 / leaseMs).toFixed(2),
        (max / leaseMs).toFixed(2),
        ((max - leaseMs) / 1000).toFixed(1),
      ],
    ],
  );
}
