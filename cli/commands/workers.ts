import type { Command } from "commander";
import type { WorkerBody } from "#core/domain/spec/api.ts";
import { formatCpu, formatMemory } from "#core/domain/spec/quantity.ts";
import { usageError } from "../cli-error.ts";
import { parseDuration } from "../duration.ts";
import type { Cell } from "../output.ts";
import type { WorkerQuery } from "../scheduling-calls.ts";
import { agoCell, phaseCell, textCell } from "../show-runs.ts";
import { collect } from "../template-options.ts";
import { type CommonOptions, createContext, withCommonOptions } from "./context.ts";

interface WorkersOptions extends CommonOptions {
  readonly all?: true;
  /** As typed: the API says what is wrong with it. */
  readonly phase?: NonNullable<WorkerQuery["phase"]>;
  readonly label?: string[];
  readonly selector?: string;
  readonly cpu?: string;
  readonly memory?: string;
  readonly heardWithin?: string;
}

/** `hodei workers`: who runs the runs. */
export function addWorkers(program: Command): void {
  const command = program
    .command("workers")
    .description("list the workers")
    .option("--all", "also those that are gone and still remembered")
    .option("--phase <phase>", "only in this phase (repeatable)", collect)
    .option("--label <key=value>", "only with this label (repeatable)", collect)
    .option("--selector <text>", "only these, as Kubernetes selects: zone in (a, b), !old")
    .option("--cpu <amount>", "only with at least so much")
    .option("--memory <amount>", "only with at least so much")
    .option("--heard-within <duration>", "only those that were heard within so long");
  withCommonOptions(command, [
    "hodei workers",
    "hodei workers --phase Ready --cpu 2 --selector 'zone in (a, b)'",
    "hodei workers --all --json",
  ]).action(workers);
}

async function workers(options: WorkersOptions): Promise<void> {
  const { api, output, nowMs } = createContext(options);
  const { workers: found } = await api.workers(queryOf(options));
  if (output.json) {
    for (const worker of found) await output.value(worker);
    return;
  }
  if (found.length === 0) return output.note("no workers: one is made when a run needs it");
  const head = [
    "ID",
    "PHASE",
    "PROFILE",
    "CPU",
    "MEMORY",
    "RUN",
    "TAKEN",
    "HEARD",
    "AGE",
    "REASON",
  ];
  await output.table(
    head,
    found.map((worker) => workerRow(worker, nowMs)),
  );
}

function queryOf({ all, heardWithin, phase, label, ...options }: WorkersOptions): WorkerQuery {
  const { selector, cpu, memory } = options;
  const given = { all, phase, label, selector, cpu, memory, heardWithin: readSpan(heardWithin) };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function readSpan(text: string | undefined): number | undefined {
  const seconds = text === undefined ? undefined : parseDuration(text);
  if (seconds !== null) return seconds;
  throw usageError(`--heard-within <duration>: "${text}" is not a duration such as 30s or 2m`);
}

const workerRow = (worker: WorkerBody, nowMs: number): Cell[] => [
  textCell(worker.id),
  phaseCell(worker.phase),
  textCell(worker.profile),
  textCell(formatCpu(worker.cpuMillis)),
  textCell(formatMemory(worker.memoryMib)),
  textCell(worker.runId),
  textCell(worker.runsTaken),
  agoCell(worker.lastHeartbeatAt, nowMs),
  agoCell(worker.createdAt, nowMs),
  textCell([worker.reason, worker.message].filter((part) => part !== null).join(": ")),
];
