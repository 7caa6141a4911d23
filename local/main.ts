import { resolve } from "node:path";
import { parseArgs } from "node:util";
import pino from "pino";
import { LOCAL_DEFAULTS, type LocalOptions, readDatabaseUrl } from "./options.ts";
import { type Local, startLocal } from "./start-local.ts";

/**
 * `hodei up`: starts local mode, says where it listens, and runs until a signal. The first Ctrl-C
 * stops everything in order; a second one does not wait. Answers the exit code.
 */
export async function main(argv: string[]): Promise<number> {
  const log = pino({ level: "warn" }, pino.destination(2));
  const signalled = untilSignal();
  const flags = readFlags(argv);
  let options: LocalOptions;
  let local: Local;
  try {
    options = { ...flags, databaseUrl: readDatabaseUrl(process.env) };
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

const PORT_MAX = 65_535;

function readFlags(argv: string[]): LocalOptions {
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
  const number = (flag: keyof typeof values, fallback: number, max: number) => {
    const text = values[flag];
    const value = text === undefined ? fallback : Number(text);
    if (text !== "" && Number.isInteger(value) && value >= 0 && value <= max) return value;
    throw Object.assign(new Error(`--${flag} is not a whole number from 0 to ${max}`), {
      code: "ERR_PARSE_ARGS_INVALID_OPTION_VALUE", // what Node's own parser says of bad usage
    });
  };
  return {
    ...LOCAL_DEFAULTS,
    stateDir: resolve(values["state-dir"] ?? LOCAL_DEFAULTS.stateDir),
    httpPort: number("port", LOCAL_DEFAULTS.httpPort, PORT_MAX),
    grpcPort: number("grpc-port", LOCAL_DEFAULTS.grpcPort, PORT_MAX),
    tickMs: number("tick-ms", LOCAL_DEFAULTS.tickMs, 3_600_000),
    launchDelayMs: number("launch-delay-ms", LOCAL_DEFAULTS.launchDelayMs, 3_600_000),
    timings: process.env.HODEI_TIMINGS,
    anonymous: process.env.HODEI_ANONYMOUS,
  };
}

const banner = ({ url, grpcAddress, metricsUrl }: Local, { stateDir, databaseUrl }: LocalOptions) =>
  [
    "Hodei is up.",
    `  HTTP API  ${url}`,
    `  gRPC      ${grpcAddress}`,
    `  metrics   ${metricsUrl}`,
    ...(databaseUrl ? [`  database  ${new URL(databaseUrl).host} (DATABASE_URL)`] : []),
    `  state     ${stateDir} (logs in logs/, API key in api-key)`,
    "Try:  npx hodei run --follow -- echo hello",
    "Ctrl-C stops it; state is kept.",
    "",
  ].join("\n");

const SAME_SIGNAL_MS = 500;

function untilSignal(): Promise<void> {
  const { promise, resolve: done } = Promise.withResolvers<void>();
  let firstAt: number | null = null;
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      const now = performance.now();
      firstAt ??= now;
      // One Ctrl-C may come twice: from the terminal, and from a launcher that passes it on.
      if (now - firstAt > SAME_SIGNAL_MS) process.exit(130);
      done();
    });
  return promise;
}
