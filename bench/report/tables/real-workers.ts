import type { Cost } from "../../measure/watch.ts";
import { count, decimal, markdownTable } from "../markdown-table.ts";
import { type RealWorkers, type Report, ratio, totalMs } from "../report.ts";

/** Real workers beside processes that only start the same program. */
export function realWorkersTable({ real }: Report): string {
  const [bare] = real.bare;
  return markdownTable(
    ["", "jobs/s", `× ${bare?.[0] ?? ""}`, "CPU µs/job"],
    [
      ...[...real.bare].map(([title, { perSecond, jobs, cpuMs }]) =>
        rowOf(title, perSecond, cpuMs / jobs),
      ),
      ...measuredOf(real).map(([title, { perSecond, jobs, cost }]) =>
        rowOf(title, perSecond, totalMs(cost) / jobs),
      ),
    ],
  );

  function rowOf(title: string, perSecond: number, msPerJob: number): string[] {
    const times = decimal(ratio(perSecond, bare?.[1].perSecond));
    return [title, count(perSecond), times, count(msPerJob * 1000)];
  }
}

/** Every measurement that went through the platform. */
export const measuredOf = ({
  workedOff,
  sustained,
}: RealWorkers): [string, { perSecond: number; jobs: number; cost: Cost }][] => [
  ...[...workedOff].map(([title, one]) => [`${title}, backlog`, one] as [string, typeof one]),
  ...[...sustained].map(([title, one]) => [`${title}, producers`, one] as [string, typeof one]),
];
