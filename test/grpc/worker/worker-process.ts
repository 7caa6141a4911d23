import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { memoryOf } from "../../support/memory-of.ts";
import { ScriptedGateway } from "./scripted-gateway.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** The agent as a real process, with what it wrote and how it ended. */
export class WorkerProcess {
  readonly workerId: string;
  readonly workDir: string;
  readonly child: ChildProcess;
  readonly exited: Promise<number | string>;
  log = "";

  constructor(server: string, env: Record<string, string> = {}) {
    this.workerId = env.HODEI_WORKER_ID ?? randomUUID();
    this.workDir = env.HODEI_WORK_DIR ?? mkdtempSync(join(tmpdir(), "hodei-worker-test-"));
    this.child = spawn(process.execPath, ["worker/main.ts"], {
      cwd: root,
      env: {
        PATH: process.env.PATH,
        HODEI_SERVER_ADDRESS: server,
        HODEI_OTP_TOKEN: "bootstrap-token",
        HODEI_WORKER_ID: this.workerId,
        HODEI_WORK_DIR: this.workDir,
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.on("data", (data: Buffer) => {
        this.log += data.toString();
      });
    }
    this.exited = new Promise((resolve) => {
      this.child.once("exit", (code, signal) => resolve(code ?? signal ?? "unknown"));
    });
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Resident memory in bytes. */
  get residentBytes(): number {
    return memoryOf(this.pid, "VmRSS");
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async destroy(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.exited;
    rmSync(this.workDir, { recursive: true, force: true });
  }
}

export const isAlive = (pid: number): boolean => {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  return !/^\d+ \(.*\) Z /s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
};

/** Gateways and workers of one test; `destroy` ends whatever the test left. */
export class Stage {
  readonly #gateways: ScriptedGateway[] = [];
  readonly #workers: WorkerProcess[] = [];

  async gateway(port?: number): Promise<ScriptedGateway> {
    const gateway = await new ScriptedGateway().listen(port);
    this.#gateways.push(gateway);
    return gateway;
  }

  worker(gateway: ScriptedGateway, env: Record<string, string> = {}): WorkerProcess {
    const worker = new WorkerProcess(gateway.address, env);
    this.#workers.push(worker);
    return worker;
  }

  async destroy(): Promise<void> {
    await Promise.all(this.#workers.splice(0).map((worker) => worker.destroy()));
    for (const gateway of this.#gateways.splice(0)) gateway.close();
  }
}

/** A shell line as the wire's command: executed by `sh -c`. */
export const shell = (line: string) => ({
  commandType: { $case: "shell" as const, value: { cmd: "sh", args: ["-c", line] } },
});
