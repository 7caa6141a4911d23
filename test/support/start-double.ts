import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type DoubleName, givenAddress, installedDouble } from "../../scripts/aws-doubles.ts";
import { until } from "./until.ts";

const SCRIPT = fileURLToPath(new URL("python/run_double.py", import.meta.url));
const START_MS_MAX = 60_000;
/** Answers once the server serves. */
const HEALTH = { localstack: "/_localstack/health", moto: "/moto-api/data.json" } as const;
const LOG_LINES_SHOWN = 5;

/** A double that listens, or why none does. `url` without a slash at its end. */
export type Double = { readonly url: string; readonly what: string } | { readonly lack: string };

export interface StartedDouble {
  readonly double: Double;
  close(): Promise<void>;
}

/**
 * Starts the installed double on a free port of 127.0.0.1, its files in a folder of its own; or
 * takes the one whose address the variable LOCALSTACK_URL or MOTO_URL names. Never throws.
 */
export async function startDouble(name: DoubleName): Promise<StartedDouble> {
  const given = givenAddress(name);
  if (given) return { double: await reach(name, given), close: async () => {} };
  const installed = installedDouble(name);
  if ("lack" in installed) return { double: installed, close: async () => {} };
  const port = await freePort();
  const home = mkdtempSync(join(tmpdir(), `hodei-${name}-`));
  const logFile = join(home, "log");
  const log = openSync(logFile, "w");
  const child = spawn(installed.python, ["-B", SCRIPT, name], {
    cwd: home,
    env: environment(home, port),
    stdio: ["pipe", log, log],
  });
  closeSync(log);
  const ended = once(child, "close").catch(() => {});
  const close = async () => {
    child.stdin?.end();
    await ended;
    rmSync(home, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await until(`${name} serves`, () => child.exitCode !== null || serves(name, url), START_MS_MAX);
    if (child.exitCode !== null) throw new Error(`${name} ended: ${lastLines(logFile)}`);
    return { double: { url, what: `${installed.version} at ${url}` }, close };
  } catch (error) {
    await close();
    return {
      double: { lack: `did not start: ${(error as Error).message}` },
      close: async () => {},
    };
  }
}

async function reach(name: DoubleName, url: string): Promise<Double> {
  if (await serves(name, url).catch(() => false)) return { url, what: `of yours at ${url}` };
  return { lack: `nobody answers at ${url}${HEALTH[name]}` };
}

const serves = async (name: DoubleName, url: string): Promise<boolean> =>
  (await fetch(url + HEALTH[name])).ok;

/**
 * Nothing of ours but the search path goes along. They are kept from the network: LocalStack would
 * report events and fetch a certificate, and whatever else would go out meets a closed door.
 */
function environment(home: string, port: number): NodeJS.ProcessEnv {
  const closedDoor = "http://127.0.0.1:9";
  return {
    PATH: process.env.PATH,
    HOME: home,
    TMPDIR: home,
    HTTP_PROXY: closedDoor,
    HTTPS_PROXY: closedDoor,
    NO_PROXY: "127.0.0.1,localhost",
    MOTO_PORT: String(port),
    GATEWAY_LISTEN: `127.0.0.1:${port}`,
    LOCALSTACK_HOST: `127.0.0.1:${port}`,
    SQS_ENDPOINT_STRATEGY: "path", // a QueueUrl by address: the name it has else is asked of DNS
    SERVICES: "sqs,events,secretsmanager,sts",
    DISABLE_EVENTS: "1",
    SKIP_SSL_CERT_DOWNLOAD: "1",
    DNS_ADDRESS: "0",
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

const lastLines = (file: string): string =>
  readFileSync(file, "utf8").trim().split("\n").slice(-LOG_LINES_SHOWN).join(" | ");
