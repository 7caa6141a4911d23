import { count, decimal, markdownTable } from "../markdown-table.ts";
import { perJobUs, type Report, totalMs } from "../report.ts";

/** KEP-3850, performance benchmark: a Job of 10,000 indexes, without kubelets. */
const KUBERNETES_SECONDS = 222.7;

/** Ten thousand runs from the first submit to the last result. */
export function bookkeepingTable({ workedOff }: Report): string {
  return markdownTable(
    ["", "runs", "seconds", `of Kubernetes' ${KUBERNETES_SECONDS} s`, "CPU µs/run"],
    [...workedOff].map(([title, { jobs, seconds, cost }]) => [
      title,
      count(jobs),
      decimal(seconds),
      `${decimal((100 * seconds) / KUBERNETES_SECONDS)} %`,
      perJobUs(totalMs(cost), jobs),
    ]),
  );
}
