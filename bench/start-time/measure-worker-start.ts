import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LaunchedWorker } from "../hodei/launched-workers.ts";
import { type Line, linesOfNode } from "./lines-of-node.ts";

/** How long after the start of its process a worker got so far. */
export interface WorkerStart {
  /** The whole bundle is evaluated and the environment read; from a start of its own. */
  readonly loadedMs: number;
  readonly registeredMs: number;
  /** The control stream is opened and the first heartbeat written. */
  readonly attachedMs: number;
  /** The first heartbeat is answered: the worker can take a run. */
  readonly readyMs: number;
  /** Processor time of the worker until it was ready. */
  readonly cpuMs: number;
}

const isReady = ({ msg }: Line): boolean => msg === "ready";

/** Starts this bundle as the image does, once without a token and once against the gateway. */
export async function measureWorkerStart(
  bundle: string,
  gatewayUrl: string,
  { workerId, token }: LaunchedWorker,
): Promise<WorkerStart> {
  const workDir = mkdtempSync(join(tmpdir(), "hodei-start-time-worker-"));
  const environment = {
    HODEI_SERVER_ADDRESS: gatewayUrl,
    HODEI_WORKER_ID: workerId,
    HODEI_WORK_DIR: workDir,
  };
  try {
    const [loaded] = await linesOfNode([bundle], environment, () => true);
    const lines = await linesOfNode([bundle], { ...environment, HODEI_OTP_TOKEN: token }, isReady);
    const after = (message: string) =>
      lines.find(({ line }) => line.msg === message)?.afterMs ?? Number.NaN;
    return {
      loadedMs: loaded?.afterMs ?? Number.NaN,
      registeredMs: after("registered"),
      attachedMs: after("attached to a gateway"),
      readyMs: after("ready"),
      cpuMs: Number(lines.at(-1)?.line.cpuMs),
    };
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
}
