import { resolve } from "node:path";
import { parseArgs } from "node:util";
import pino from "pino";
import { LOCAL_DEFAULTS, type LocalOptions } from "./options.ts";
import { type Local, startLocal } from "./start-local.ts";

/**
 * `hodei up`: starts local mode, says where it listens, and runs until a signal. The first Ctrl-C
 * stops everything in order; a second one does not wait. Answers the exit code.
 */
export async function main(argv: string[]): Promise<number> {
  const options = readOptions(argv);
  const log = pino({ level: "warn" }, pino.destination(2));
  const signalled = untilSignal();
  let local: Local;
  try {
    local = await startLocal(options, log);
  } catch (error) {
    process.stderr.write(`hodei up: ${error instanceof Error ? error.message : error}\n`);
    return 1;
  }
  process.stdout.write(banner(local, options));
  await signalled;
  process.stdout.write("stopping…\n");
  await local.stop();
  return 0;
}

function readOptions(argv: string[]): LocalOptions {
  const { values } = parseArgs({
    args: argv,
    options: {
      "state-dir": { type: "string" },
      port: { type: "string" },
      "grpc-port": { type: "string" },
      "tick-ms": { type: "string" },
      "launch-delay-ms": { type: "string" },
    },
  });
  const number = (text: string | undefined, fallback: number) => {
    const value = text === undefined ? fallback : Number(text);
    if (Number.isInteger(value) && value >= 0) return value;
    throw new Error(`${text} is not a whole number`);
  };
  return {
    ...LOCAL_DEFAULTS,
    stateDir: resolve(values["state-dir"] ?? LOCAL_DEFAULTS.stateDir),
    httpPort: number(values.port, LOCAL_DEFAULTS.httpPort),
    grpcPort: number(values["grpc-port"], LOCAL_DEFAULTS.grpcPort),
    tickMs: number(values["tick-ms"], LOCAL_DEFAULTS.tickMs),
    launchDelayMs: number(values["launch-delay-ms"], LOCAL_DEFAULTS.launchDelayMs),
    databaseUrl: process.env.DATABASE_URL ?? null,
    timings: process.env.HODEI_TIMINGS,
  };
}

const banner = ({ url, grpcAddress, metricsUrl }: Local, { stateDir }: LocalOptions) =>
  [
    "Hodei is up.",
    `  HTTP API  ${url}`,
    `  gRPC      ${grpcAddress}`,
    `  metrics   ${metricsUrl}`,
    `  state     ${stateDir} (logs in logs/)`,
    "Try:  npx hodei run --follow -- echo hello",
    "Ctrl-C stops it; state is kept.",
    "",
  ].join("\n");

function untilSignal(): Promise<void> {
  const { promise, resolve: done } = Promise.withResolvers<void>();
  let signals = 0;
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      signals += 1;
      if (signals > 1) process.exit(130);
      done();
    });
  return promise;
}
