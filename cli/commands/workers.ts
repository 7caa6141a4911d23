import type { Command } from "commander";
import type { WorkerBody } from "#core/domain/spec/api.ts";
import { formatCpu, formatMemory } from "#core/domain/spec/quantity.ts";
import type { Cell } from "../output.ts";
import { agoCell, phaseCell, textCell } from "../show-runs.ts";
import { type CommonOptions, createContext, withCommonOptions } from "./context.ts";

interface WorkersOptions extends CommonOptions {
  readonly all?: true;
}

/** `hodei workers`: who runs the runs. */
export function addWorkers(program: Command): void {
  const command = program
    .command("workers")
    .description("list the workers")
    .option("--all", "also those that are gone and still remembered");
  withCommonOptions(command, ["hodei workers", "hodei workers --all --json"]).action(workers);
}

async function workers(options: WorkersOptions): Promise<void> {
  const { api, output, nowMs } = createContext(options);
  const { workers: found } = await api.workers(options.all === true);
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
