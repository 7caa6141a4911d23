import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Bundle,
  bundleFunctions,
  bundleWorker,
  FUNCTION_ENTRIES,
  type FunctionName,
} from "../../scripts/bundle.ts";
import { bytesOf, eagerFiles } from "./bundle-contents.ts";
import { measureBareNode } from "./measure-bare-node.ts";
import { type HandlerImport, measureHandlerImport } from "./measure-handler-import.ts";
import { measureWorkerStart, type WorkerStart } from "./measure-worker-start.ts";
import { medians } from "./median.ts";
import type { Spent } from "./spent.ts";
import { openWorkerStage, type WorkerStage } from "./worker-stage.ts";

/** Medians over fresh processes, milliseconds, and sizes. */
export interface StartTimes {
  readonly rounds: number;
  readonly bareNode: Spent;
  readonly worker: WorkerStart & { readonly bytes: number };
  readonly handlers: Readonly<Record<FunctionName, HandlerStart>>;
}

export interface HandlerStart extends HandlerImport {
  /** All files, also those that only a first use loads; no source maps. */
  readonly bytes: number;
  /** The files that a cold import reads. */
  readonly eagerBytes: number;
}

interface Bundles {
  readonly worker: Bundle;
  readonly functions: Record<FunctionName, Bundle>;
}

const ROUNDS = 9;
const NAMES = Object.keys(FUNCTION_ENTRIES) as FunctionName[];

/**
 * Measures how long a worker takes from the start of its process until it can take a run, and what
 * importing each Lambda function takes. The things measured take turns, so that what else the
 * machine does meets all of them; the first round warms caches and does not count.
 */
export async function measureStartTimes({ rounds = ROUNDS } = {}): Promise<StartTimes> {
  const folder = mkdtempSync(join(tmpdir(), "hodei-start-time-bundles-"));
  const stage = await openWorkerStage();
  try {
    const bundles = {
      worker: await bundleWorker(join(folder, "worker.mjs")),
      functions: await bundleFunctions(folder),
    };
    const measured = await measureRounds(rounds, stage, bundles);
    return { rounds, ...summaryOf(measured, bundles) };
  } finally {
    await stage.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Round {
  readonly bareNode: Spent;
  readonly worker: WorkerStart;
  readonly handlers: Readonly<Record<FunctionName, HandlerImport>>;
}

async function measureRounds(
  count: number,
  stage: WorkerStage,
  { worker, functions }: Bundles,
): Promise<Round[]> {
  const rounds: Round[] = [];
  for (const launched of await stage.launch(count + 1)) {
    const bareNode = await measureBareNode();
    const started = await measureWorkerStart(worker.file, stage.gatewayUrl, launched);
    const handlers: [FunctionName, HandlerImport][] = [];
    for (const name of NAMES)
      handlers.push([name, await measureHandlerImport(functions[name].file)]);
    const byName = Object.fromEntries(handlers) as Record<FunctionName, HandlerImport>;
    rounds.push({ bareNode, worker: started, handlers: byName });
  }
  return rounds.slice(1);
}

function summaryOf(rounds: readonly Round[], bundles: Bundles): Omit<StartTimes, "rounds"> {
  const handlers = NAMES.map((name): [FunctionName, HandlerStart] => {
    const imports = rounds.map((round) => round.handlers[name]);
    const spent = medians(imports.map(({ wallMs, cpuMs }) => ({ wallMs, cpuMs })));
    const nodeModules = imports[0]?.nodeModules ?? [];
    const bundle = bundles.functions[name];
    const eagerBytes = bytesOf(bundle, eagerFiles(bundle));
    return [name, { ...spent, nodeModules, bytes: bytesOf(bundle), eagerBytes }];
  });
  return {
    bareNode: medians(rounds.map(({ bareNode }) => bareNode)),
    worker: {
      ...medians(rounds.map(({ worker }) => worker)),
      bytes: bytesOf(bundles.worker),
    },
    handlers: Object.fromEntries(handlers) as Record<FunctionName, HandlerStart>,
  };
}
