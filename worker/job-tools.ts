import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { limits } from "#core/domain/limits.ts";
import { answerFenceQuestion, type FenceAnswer, type FenceQuestion } from "./fence-question.ts";

/** A path of a socket is at most so long, with its end, wherever Node runs. */
const SOCKET_PATH_BYTES_MAX = 103;

export type AskFence = (question: FenceQuestion) => Promise<FenceAnswer>;

/** What a job needs to reach its worker. */
export interface JobToolsPlace {
  /** Absolute path of a directory with `hodei` in it. */
  readonly binDir: string;
  /** Absolute path of the socket at which the worker answers. */
  readonly socket: string;
}

/**
 * The program that jobs find as `hodei`: beside the bundle of the worker, or in the sources. It loads
 * nothing of the worker, because it is started for every question.
 */
const PROGRAM = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "../cli/in-job.ts" : "./in-job.mjs", import.meta.url),
);

/**
 * What the worker puts at its jobs' disposal: `hodei`, and a socket where that asks. No secret is needed:
 * only the worker's own user, which is the jobs', may enter the directory.
 */
export class JobTools {
  readonly #workDir: string;
  readonly #ask: AskFence;
  #server: Server | null = null;
  #place: JobToolsPlace | null = null;
  #made: string[] = [];

  constructor(workDir: string, ask: AskFence) {
    this.#workDir = workDir;
    this.#ask = ask;
  }

  /** null = they could not be made: jobs run without them. */
  get place(): JobToolsPlace | null {
    return this.#place;
  }

  /** Makes the directory, the program and the socket anew. Throws what the file system says. */
  async open(): Promise<void> {
    const binDir = resolve(this.#workDir, "bin");
    await rm(binDir, { recursive: true, force: true });
    await mkdir(binDir, { recursive: true, mode: 0o700 });
    this.#made = [binDir];
    const launcher = join(binDir, "hodei");
    await writeFile(launcher, launcherText(process.execPath, PROGRAM), { mode: 0o500 });
    const socket = await this.#socketPath(binDir);
    this.#server = await listen(socket, this.#ask);
    this.#place = { binDir, socket };
  }

  async close(): Promise<void> {
    this.#place = null;
    this.#server?.close();
    for (const path of this.#made.splice(0)) await rm(path, { recursive: true, force: true });
  }

  async #socketPath(binDir: string): Promise<string> {
    const path = join(binDir, "fence.sock");
    if (Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX) return path;
    const short = await mkdtemp(join(tmpdir(), "hodei-")); // for its owner alone
    this.#made.push(short);
    return join(short, "fence.sock");
  }
}

/** A job's NODE_OPTIONS are for the job's own programs. */
function launcherText(node: string, program: string): string {
  const quoted = [node, program].map((path) => `'${path.replaceAll("'", "'\\''")}'`);
  return `#!/bin/sh\nunset NODE_OPTIONS\nexec ${quoted.join(" ")} "$@"\n`;
}

async function listen(path: string, ask: AskFence): Promise<Server> {
  const server = createServer((socket) => answerFenceQuestion(socket, ask));
  server.maxConnections = limits.fenceConnectionsMax;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  server.on("error", () => undefined);
  server.unref();
  await chmod(path, 0o600);
  return server;
}
