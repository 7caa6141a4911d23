import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const MAIN = fileURLToPath(new URL("../../gateway/main.ts", import.meta.url));

export interface GatewayProcess {
  readonly child: ChildProcess;
  readonly port: number;
  readonly metricsPort: number;
  /** Everything it printed until now. */
  readonly stdout: () => string;
  /** Code and signal. */
  readonly exited: Promise<unknown[]>;
}

interface Ports {
  readonly grpc: number;
  readonly metrics: number;
}

/** The deployed entry point; it ends with the test at the latest. */
export async function startGatewayProcess(options: {
  readonly databaseUrl: string;
  readonly queueUrl: string;
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
}): Promise<GatewayProcess> {
  const child = fork(MAIN, [], {
    execArgv: [],
    stdio: ["ignore", "pipe", "inherit", "ipc"],
    env: {
      PATH: process.env.PATH,
      HODEI_DATABASE_URL: options.databaseUrl,
      HODEI_GRPC_HOST: "127.0.0.1",
      GRPC_PORT: String(options.port ?? 0),
      HODEI_METRICS_PORT: "0",
      HODEI_WAKE_QUEUE_URL: `${options.queueUrl}/000000000000/wake`,
      HODEI_PROFILES: JSON.stringify([
        { name: "small", cpuMillis: 1000, memoryMib: 2048, maxWorkers: 3 },
      ]),
      HODEI_TIMINGS: JSON.stringify({ heartbeatPeriodMs: 200 }),
      AWS_REGION: "eu-west-1",
      AWS_ENDPOINT_URL_SQS: options.queueUrl,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      ...options.env,
    },
  });
  let stdout = "";
  child.stdout?.on("data", (data: Buffer) => {
    stdout += data.toString();
  });
  const exited = once(child, "exit");
  onTestFinished(async () => {
    if (child.exitCode === null) child.kill("SIGKILL");
    await exited;
  });
  const [{ ports }] = (await once(child, "message")) as [{ ports: Ports }];
  return { child, port: ports.grpc, metricsPort: ports.metrics, stdout: () => stdout, exited };
}
