/**
 * The worker agent: `node worker/main.ts`. Configuration is the environment (`config.ts`), output
 * are JSON log lines, the exit code says why it ended (`exit-code.ts`).
 */
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { type Logger, pino } from "pino";
import { Agent } from "./agent.ts";
import { ConfigError, parseConfig, TOKEN_VARIABLES, type WorkerConfig } from "./config.ts";
import { EXIT_CODE } from "./exit-code.ts";
import { RegistrationRefused, register } from "./registration.ts";

/** The agent once there is one; what the signals and the exit act on. */
let agent: Agent | null = null;

async function serve(config: WorkerConfig, log: Logger, registering: AbortController) {
  const registration = await register(config, log, registering.signal);
  log.info({ leaseMs: registration.leaseMs }, "registered");
  agent = new Agent({ config, registration, env: process.env, log });
  if (registering.signal.aborted) agent.leave("signal");
  return agent.run();
}

function readConfig(): WorkerConfig {
  try {
    return parseConfig(process.env, (path) => readFileSync(path));
  } finally {
    // Nobody who inherits or inspects this environment needs the token.
    for (const name of TOKEN_VARIABLES) delete process.env[name];
  }
}

function onSignals(log: Logger, registering: AbortController): void {
  let signalled = false;
  const onSignal = (signal: "SIGTERM" | "SIGINT") => {
    log.info({ signal }, "signal received");
    if (signalled) process.exit(128 + constants.signals[signal]);
    signalled = true;
    registering.abort();
    agent?.leave("signal");
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}

function exitCodeOf(error: unknown, log: Logger): number {
  if (error instanceof RegistrationRefused) {
    log.fatal({ reason: error.message }, "registration refused");
    return EXIT_CODE.refused;
  }
  if ((error as Error).name === "AbortError") return EXIT_CODE.left;
  log.fatal({ err: error }, "the agent failed");
  return EXIT_CODE.defect;
}

async function main(): Promise<number> {
  let config: WorkerConfig;
  try {
    config = readConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    pino().fatal({ reason: error.message }, "the configuration is not usable");
    return EXIT_CODE.badConfig;
  }
  const log = pino({ level: config.logLevel, base: { workerId: config.workerId } });
  const registering = new AbortController();
  onSignals(log, registering);
  process.on("uncaughtException", (error) => process.exit(exitCodeOf(error, log)));
  return serve(config, log, registering).catch((error) => exitCodeOf(error, log));
}

// However the agent ends, it leaves no process of a job behind.
process.on("exit", () => agent?.kill());
process.exit(await main());
