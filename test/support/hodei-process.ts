import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "./until.ts";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface HodeiProcess {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly ended: Promise<Ended>;
}

/** The real command line, as a user starts it. */
export function startHodei(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  cwd = root,
): HodeiProcess {
  const child = spawn(process.execPath, [`${root}/cli/hodei.mjs`, ...args], {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const ended = once(child, "close").then(([code]) => ({
    code: code as number | null,
    stdout,
    stderr,
  }));
  return { child, stdout: () => stdout, ended };
}

export const hodei = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  startHodei(args, env).ended;

export interface Up extends HodeiProcess {
  readonly url: string;
  /** What a client of it has in its environment: where it is, and its key. */
  readonly env: { readonly HODEI_URL: string; readonly HODEI_API_KEY: string };
  /** Reads a path of its API. */
  get(path: string): Promise<Response>;
}

/** `hodei up` on free ports, ready to be used. */
export async function startUp(
  stateDir: string,
  flags: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Up> {
  const anyPorts = ["--port", "0", "--grpc-port", "0"];
  const process = startHodei(["up", "--state-dir", stateDir, ...anyPorts, ...flags], env);
  let over = false;
  void process.ended.then(() => {
    over = true;
  });
  await until("hodei is up", () => over || process.stdout().includes("Hodei is up"), 60_000);
  if (over) throw new Error(`hodei up ended: ${JSON.stringify(await process.ended)}`);
  const [, url = ""] = /HTTP API +(\S+)/.exec(process.stdout()) ?? [];
  const apiKey = readFileSync(join(stateDir, "api-key"), "utf8").trim();
  return {
    ...{ ...process, url, env: { HODEI_URL: url, HODEI_API_KEY: apiKey } },
    get: (path) => fetch(`${url}${path}`, { headers: { authorization: `Bearer ${apiKey}` } }),
  };
}

/** Living processes that carry this text in their command line or environment. */
export function processesWith(text: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) =>
      [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`].some((file) => contains(file, text)),
    )
    .map((pid) => `${pid} ${read(`/proc/${pid}/cmdline`).replaceAll("\0", " ")}`);
}

const contains = (file: string, text: string) => read(file).includes(text);

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // gone meanwhile
  }
}
