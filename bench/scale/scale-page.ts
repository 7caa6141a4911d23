import { count, decimal, markdownTable } from "../report/markdown-table.ts";
import type { WithHistory } from "./history.ts";
import type { ScaleReport } from "./measure-scale.ts";
import type { PerCall } from "./repeated.ts";

/** docs/reference/scale.md, all of it: nobody edits it, `npm run bench:scale` writes it. */
export function scalePage(report: ScaleReport): string {
  return [
    "# Scale",
    INTRODUCTION,
    `Measured on ${report.date}: ${report.machine}.`,
    "## Connected workers that do nothing",
    "One gateway process, each worker with a connection of its own, no TLS, heartbeats at the default\nperiod. Opening is registration, control stream and first heartbeat.",
    idleTable(report),
    "## Workers that lose their gateway",
    "Each holds a run. The gateway is killed, another one starts in its place, and all come back, each\nafter the jittered wait of the real worker.",
    reconnectTable(report),
    "## A long queue",
    "The tick, with no worker ready, and the look of a gateway at the queue, with 100 ready, each with few\nand with many runs waiting; CPU of Postgres and of the caller, ms. Of those that need the same, a tick\ncounts up to 1,000 and reads up to 200, which the short queues do not have. At the end the 100 are\nplaced.",
    pendingTable(report),
    "## A long history",
    `${count(report.history.many.runs)} finished runs, with attempts and events, against ${count(report.history.few.runs)}. CPU in µs: of gateway and\nPostgres for a run, of Postgres and the caller for the others.`,
    historyTable(report),
    "Then everything past its time to live is deleted, with attempts, events and output.",
    deletionTable(report),
    "## Output",
    "Jobs that write lines of 100 bytes, with the batches of the real worker; acknowledged means committed.\nMemory of the gateway: means of the first, second and last third.",
    logsTable(report),
    "",
  ].join("\n\n");
}

const INTRODUCTION = `\`\`\`sh
npm run bench:scale
\`\`\`

measures what grows: workers, queue, history, output, in one run, on one machine, with one embedded
Postgres as it comes, and writes this page. The ratios are the result, the figures belong to the
machine. What was changed for it: [performance](../internals/performance.md#scale).`;

const mb = (value: number): string => (Number.isFinite(value) ? `${count(value)} MB` : "–");
const share = (value: number): string =>
  Number.isFinite(value) ? `${decimal(value * 100)} %` : "–";
const times = (many: number, few: number): string => `× ${decimal(many / few)}`;

function idleTable({ idle }: ScaleReport): string {
  const { workers, attached, memory, memoryBeforeMb } = idle;
  const perWorkerKb = ((memory.end - memoryBeforeMb) * 1000) / workers;
  return markdownTable(
    ["", "gateway", "Postgres"],
    [
      ["workers attached", `${count(attached)} of ${count(workers)}`, ""],
      ["memory", mb(memory.end), ""],
      ["memory of one", `${count(perWorkerKb)} kB`, ""],
      ["share of a core", share(idle.gatewayShare), share(idle.postgresShare)],
      [
        "CPU of one heartbeat, µs",
        ...[idle.gatewayUsPerBeat, idle.postgresUsPerBeat].map((us) => count(us)),
      ],
      ["CPU of opening one, µs", count(idle.openGatewayUs), count(idle.openPostgresUs)],
    ],
  );
}

function reconnectTable({ reconnects: of }: ScaleReport): string {
  return markdownTable(
    ["", ""],
    [
      ["workers back", `${count(of.attached)} of ${count(of.workers)}`],
      ["runs recorded", `${count(of.recorded)} of ${count(of.runs)}`],
      ["attempts lost or repeated, invariants broken", count(of.repeated + of.violations)],
      ["from the end of the gateway, s", decimal(of.wholeMs / 1000)],
      ["from when another one serves, s", decimal(of.afterServingMs / 1000)],
      ["CPU of one, gateway, µs", count(of.gatewayUs)],
      ["CPU of one, Postgres, µs", count(of.postgresUs)],
    ],
  );
}

const cpu = ({ cpuUs }: PerCall): string => decimal(cpuUs / 1000);

function pendingTable({ pending }: ScaleReport): string {
  const [{ few, many } = { few: { runs: 0 }, many: { runs: 0 } }] = pending;
  const lengths = [few.runs, many.runs].map((runs) => count(runs));
  return markdownTable(
    [
      "",
      ...lengths.map((n) => `tick, ${n}`),
      "",
      ...lengths.map((n) => `look, ${n}`),
      "",
      "placed",
    ],
    pending.map((kind) => [
      kind.title,
      ...[cpu(kind.few.tick), cpu(kind.many.tick)],
      times(kind.many.tick.cpuUs, kind.few.tick.cpuUs),
      ...[cpu(kind.few.look), cpu(kind.many.look)],
      times(kind.many.look.cpuUs, kind.few.look.cpuUs),
      `${kind.many.placed} in ${kind.many.looks} ${kind.many.looks === 1 ? "look" : "looks"}`,
    ]),
  );
}

function historyTable({ history: { few, many } }: ScaleReport): string {
  const row = (title: string, of: (one: WithHistory) => number) => {
    const [before, after] = [of(few), of(many)];
    return [title, count(before), count(after), times(after, before)];
  };
  return markdownTable(
    ["", `${count(few.runs)} runs`, `${count(many.runs)} runs`, ""],
    [
      row("drain, runs/s", ({ moved }) => moved?.drainPerSecond ?? Number.NaN),
      row("drain, CPU of a run", ({ moved }) => moved?.drainUsPerRun ?? Number.NaN),
      row("single producers, runs/s", ({ moved }) => moved?.producersPerSecond ?? Number.NaN),
      row("single producers, CPU of a run", ({ moved }) => moved?.producersUsPerRun ?? Number.NaN),
      row("tick, CPU", ({ tick }) => tick.cpuUs),
      row("newest page of the list, CPU", ({ newestPage }) => newestPage.cpuUs),
      row("page of a phase that none is in, CPU", ({ rarePage }) => rarePage.cpuUs),
      row("one run, CPU", ({ get }) => get.cpuUs),
    ],
  );
}

function deletionTable({ history: { few, many } }: ScaleReport): string {
  const columns = [few.deletion, many.deletion];
  const row = (title: string, of: (one: WithHistory["deletion"]) => string) => [
    title,
    ...columns.map(of),
  ];
  return markdownTable(
    ["", `of ${count(few.runs)} runs`, `of ${count(many.runs)} runs`],
    [
      row("runs deleted", ({ runs }) => count(runs)),
      row("rows of all tables", ({ rows }) => count(rows)),
      row("rows/s", ({ rowsPerSecond }) => count(rowsPerSecond)),
      row("CPU of a row, Postgres, µs", ({ cpuUsPerRow }) => decimal(cpuUsPerRow)),
      row("calls, the longest in ms", ({ calls, longestMs }) => `${calls}, ${count(longestMs)}`),
    ],
  );
}

function logsTable({ logs }: ScaleReport): string {
  const { memory } = logs;
  return markdownTable(
    ["", ""],
    [
      ["jobs", count(logs.workers)],
      ["lines/s offered", count(logs.offeredPerSecond)],
      ["lines/s acknowledged", count(logs.acknowledgedPerSecond)],
      ["lines acknowledged", `${count(logs.acknowledged)} of ${count(logs.offered)}`],
      ["lines a chunk", decimal(logs.linesPerChunk)],
      ["CPU of a line, gateway, µs", decimal(logs.gatewayUsPerLine)],
      ["CPU of a line, Postgres, µs", decimal(logs.postgresUsPerLine)],
      ["memory of the gateway", [memory.start, memory.middle, memory.end].map(mb).join(", ")],
    ],
  );
}
