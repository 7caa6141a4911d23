import { availableParallelism, totalmem } from "node:os";
import type { Outcome } from "./measure.ts";

const HEAD = `# What survives, and how fast

<!-- Written by \`npm run test:faults\` from what it measured; never edited. -->

Every row is a fault that is done to real processes: gateway, functions, workers and their jobs, Postgres.
For every row, in every repetition:

- **No run is lost.** Whatever was submitted ends, in the phase and after the attempts that the row allows.
- **No result is recorded twice**, and no attempt's code starts twice. The jobs tell a file of their own
  when they start and end, apart from the platform.
- **No machine is left** after two sweeps: none without a living row, and no living row without a machine.
- **No invariant is broken**: [protocol](../concepts/protocol.md#invariants), asked of the database afterwards.
- **The history keeps every rule**, asked once for all rows that share a stand. Requests and answers, the messages between workers and gateway, every change of
  a row and what the code itself said are recorded, and a checker that trusts none of them alone finds one
  final end for each run, results once and from the newest fence, fences that only rise, and nothing missing
  of what was acknowledged. The row that puts the database back has none: it takes back what was acknowledged.

**Recovery** is counted from the fault, or from the end of an outage where the row says so, to the end of each
run that was under way and of a probe that is submitted right afterwards; each is a sample. The **bound** is what is promised; a row
whose p95 is above it fails. How it is measured, and why: [decision 0039](../decisions/0039-how-the-fault-matrix-measures.md).

Settings are the defaults, on a pool of four warm workers, unless the row says otherwise. "Lost" is also a run
that ended otherwise than its row allows.

## What is not shown here

- One machine, one clock, loopback. Networks are played by a proxy.
- ECS, SQS and the Data API are doubles of ours ([why](../decisions/0015-own-doubles-of-ecs-and-data-api.md)).
  Postgres is a real one, but no Aurora: a failover there takes what it takes, and is played by a crash, by refused
  connections and by a writer that takes no writes.
- What a row does is what is shown. Faults in combination are the matter of one row, "everything killed in turn".
- Work that ran and could not report it runs again: at least once where a worker is lost, unless
  \`infrastructureLimit\` is 0. With \`AfterLost\` two attempts may overlap.

## How to see a row yourself

\`\`\`sh
npm run test:faults
npm run test:faults -- -t "gateway killed"
\`\`\`

The text behind \`-t\` is the name of a row below, or a part of some; the history of what ran is judged as well. All rows take about a quarter of an hour; \`npm test\` has a part of
them, once each. Only a run of all rows writes this page.
`;

/** The whole page, from what was measured. */
export function guaranteesPage(outcomes: readonly Outcome[]): string {
  const gib = Math.round(totalmem() / 1024 ** 3);
  const machine = `Measured in one run on one machine with ${availableParallelism()} cores and ${gib} GiB: an example, not a promise.`;
  const sections = Map.groupBy(outcomes, ({ row }) => row.of);
  const tables = [...sections].map(([of, those]) => `## ${of}\n\n${tableOf(those)}`);
  return [HEAD, machine, "", tables.join("\n\n"), ""].join("\n");
}

/** Names of the rows that a page has, in its order. */
export function rowsOfPage(page: string): string[] {
  return [...page.matchAll(/^\| \*\*(.+?)\*\* /gm)].map(([, name = ""]) => name);
}

const COLUMNS = [
  ...["Fault", "What is done", "What must hold", "Runs"],
  ...["lost / doubled / left", "p50", "p95", "Bound"],
];

function tableOf(outcomes: readonly Outcome[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = COLUMNS.map(() => "---");
  return [COLUMNS, rule, ...outcomes.map(cellsOf)].map(line).join("\n");
}

function cellsOf({ row, runs, lost, doubled, left, p50Ms, p95Ms }: Outcome): string[] {
  const counts = [lost, doubled, left].map(({ length }) => length).join(" / ");
  const seconds = (ms: number) => (Number.isNaN(ms) ? "–" : `${(ms / 1000).toFixed(1)} s`);
  return [
    ...[`**${row.name}**`, cell(row.injected), cell(row.holds), `${runs}`, counts],
    ...[seconds(p50Ms), seconds(p95Ms), row.bound.words],
  ];
}

const cell = (text: string) => text.replaceAll("|", "\\|");
