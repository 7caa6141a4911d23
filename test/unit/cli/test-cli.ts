import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { mintApiKey } from "#adapters/tokens/mint-api-key.ts";
import { createAuthorise } from "#core/application/authorise-call.ts";
import { keyOperations } from "#core/application/manage-keys.ts";
import type { SubmitRequest } from "#core/application/operations.ts";
import { createApp } from "../../../functions/http/app.ts";
import { underContract } from "../../support/api-contract.ts";
import {
  createFakeControlPlane,
  type FakeControlPlane,
} from "../../support/fakes/fake-control-plane.ts";
import { createMemoryAudit, type MemoryAudit } from "../../support/fakes/memory-audit.ts";
import { createMemoryInvariants } from "../../support/fakes/memory-invariants.ts";
import { createMemoryKeys, type MemoryKeys, sha256 } from "../../support/fakes/memory-keys.ts";
import { createMemoryProviders } from "../../support/fakes/memory-providers.ts";
import { createMemoryUsage, type MemoryUsage } from "../../support/fakes/memory-usage.ts";
import { serveFetch } from "../../support/http-server.ts";

const BIN = fileURLToPath(new URL("../../../cli/hodei.mjs", import.meta.url));

export interface CliResult {
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  /** stdout as text. */
  readonly out: string;
  readonly err: string;
}

export interface CliProcess {
  readonly pid: number;
  readonly result: Promise<CliResult>;
  interrupt(): void;
  /** Resolves when stdout holds this text. */
  says(text: string): Promise<void>;
  /** What stderr holds by now. */
  errors(): string;
  closeStdout(): void;
}

export interface CliOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeArguments?: readonly string[];
}

export interface CliTest {
  readonly plane: FakeControlPlane;
  readonly usage: MemoryUsage;
  readonly keys: MemoryKeys;
  readonly audit: MemoryAudit;
  readonly invariants: ReturnType<typeof createMemoryInvariants>;
  /** An admin's key, which the commands have unless a test says otherwise. */
  readonly apiKey: string;
  readonly url: string;
  /** Everything submitted, in order. */
  readonly submitted: SubmitRequest[];
  /** An empty directory; the commands run in it. */
  readonly directory: string;
  start(args: readonly string[], options?: CliOptions): CliProcess;
  cli(args: readonly string[], options?: CliOptions): Promise<CliResult>;
  stopServer(): Promise<void>;
  close(): Promise<void>;
}

/** What a test can have happen between the command line and the control plane. */
export interface CliTestHooks {
  /** Right after a run was stored. */
  readonly onSubmit?: (runId: string, plane: FakeControlPlane) => void;
  readonly onCancel?: (runId: string, plane: FakeControlPlane) => void;
  /** Sees every request first; what it answers is the answer, and nothing behind it is asked. */
  readonly onRequest?: (request: Request) => Response | null;
  /** Sees every request and its answer; may replace the answer, or throw to cut the connection. */
  readonly onAnswer?: (request: Request, response: Response) => Response;
}

/** The real command line as a process, against the real HTTP app over a control plane in memory. */
export async function createCliTest(hooks: CliTestHooks = {}): Promise<CliTest> {
  const plane = createFakeControlPlane();
  const usage = createMemoryUsage();
  const submitted: SubmitRequest[] = [];
  const keys = createMemoryKeys(Date.now);
  const apiKey = keys.add("admin");
  const audit = createMemoryAudit();
  const invariants = createMemoryInvariants();
  const log = pino({ level: "silent" });
  const bare = createApp({
    invariants: async () => invariants.reader,
    usage,
    providerOperations: createMemoryProviders().operations,
    reader: plane.reader,
    templateOperations: plane.templateOperations,
    templates: plane.templates,
    audit: async () => audit,
    log,
    keys: keyOperations({ keys, mint: mintApiKey, digest: sha256, log }),
    authorise: createAuthorise({ keys, digest: sha256, anonymous: null, log }),
    operations: {
      submitRun: async (request) => {
        const outcome = await plane.operations.submitRun(request);
        submitted.push(request);
        if (outcome.created) hooks.onSubmit?.(outcome.run.id, plane);
        return outcome;
      },
      submitRuns: async (request) => {
        const outcomes = await plane.operations.submitRuns(request);
        submitted.push(...request.items.map(request.read));
        return outcomes;
      },
      cancelRun: async (runId, reason) => {
        const outcome = await plane.operations.cancelRun(runId, reason, null);
        hooks.onCancel?.(runId, plane);
        return outcome;
      },
      foreseeRun: plane.operations.foreseeRun,
      explainRun: plane.operations.explainRun,
      scheduler: plane.operations.scheduler,
      configureScheduler: plane.operations.configureScheduler,
      cancelRuns: plane.operations.cancelRuns,
      patchRun: plane.operations.patchRun,
    },
  });
  const app = underContract(bare);
  const server = await serveFetch(async (request) => {
    const refusal = hooks.onRequest?.(request);
    if (refusal) return refusal;
    const response = await app.fetch(request);
    return hooks.onAnswer?.(request, response) ?? response;
  });
  const directory = mkdtempSync(join(tmpdir(), "hodei-cli-"));
  const env = { HODEI_URL: server.url, HODEI_API_KEY: apiKey };
  const start = (args: readonly string[], options: CliOptions = {}): CliProcess =>
    startCli(args, { ...options, env: { ...env, ...options.env } }, directory);
  return {
    ...{ plane, usage, keys, audit, apiKey, invariants },
    url: server.url,
    submitted,
    directory,
    start,
    cli: (args, options) => start(args, options).result,
    stopServer: server.close,
    close: async () => {
      await server.close();
      rmSync(directory, { recursive: true });
    },
  };
}

function startCli(args: readonly string[], options: CliOptions, directory: string): CliProcess {
  const child = spawn(process.execPath, [...(options.nodeArguments ?? []), BIN, ...args], {
    cwd: directory,
    env: { PATH: process.env.PATH, ...options.env },
  });
  const stdout: Buffer[] = [];
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => {
    err += chunk.toString();
  });
  child.stdin.end(options.stdin ?? "");
  const result = new Promise<CliResult>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode) => {
      const all = Buffer.concat(stdout);
      resolve({ exitCode, stdout: all, out: all.toString(), err });
    });
  });
  const says = async (text: string): Promise<void> => {
    const isThere = (): boolean => Buffer.concat(stdout).includes(text);
    while (!isThere()) {
      const ended = await Promise.race([
        result.then(() => true),
        new Promise<false>((resolve) => child.stdout.once("data", () => resolve(false))),
      ]);
      if (ended && !isThere()) throw new Error(`ended without saying ${text}: ${err}`);
    }
  };
  return {
    pid: child.pid ?? 0,
    result,
    says,
    interrupt: () => void child.kill("SIGINT"),
    errors: () => err,
    closeStdout: () => void child.stdout.destroy(),
  };
}
