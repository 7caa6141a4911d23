import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { Log } from "#core/ports/log.ts";

const RESTART_FIRST_MS = 100;
const RESTART_MAX_MS = 5_000;
const STEADY_MS = 10_000; // alive this long = the next restart is quick again

export type Ports = Readonly<Record<string, number>>;

export interface ProcessOptions {
  readonly name: string;
  readonly entry: string;
  /** The whole environment of the child. Asked anew for each start: a port may be known by then. */
  readonly environment: () => NodeJS.ProcessEnv;
  /** Standard output and error go there. */
  readonly logFile: string;
  readonly log: Log;
  /** Told the ports by name each time the child says that it serves. */
  readonly onReady: (ports: Ports) => void;
}

/**
 * A process of local mode that is kept alive, as ECS keeps a service alive: when it dies it is
 * started again, soon at first and slower when it keeps dying. It ends by itself when we vanish
 * (its IPC channel closes).
 */
export class SupervisedProcess {
  readonly #options: ProcessOptions;
  readonly #ready = Promise.withResolvers<void>();
  #child: ChildProcess | null = null;
  #stopping = false;
  #served = false;
  #kept: Promise<void> = Promise.resolve();

  constructor(options: ProcessOptions) {
    this.#options = options;
  }

  /** Process id of the present child; changes when it was restarted. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Starts it and resolves when it serves for the first time. A child that ends before it ever
   * served is not started again: its first words say why, and the caller hears them.
   */
  start(): Promise<void> {
    this.#kept = this.#keep();
    return this.#ready.promise;
  }

  /** A message over IPC; lost when the process is down at the moment, as a hint may be. */
  send(message: object): void {
    if (this.#child?.connected) this.#child.send(message, () => {});
  }

  /** SIGTERM, and SIGKILL after `graceMs`. Resolves when it is gone. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child && child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      const harder = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await once(child, "exit");
      clearTimeout(harder);
    }
    await this.#kept;
  }

  async #keep(): Promise<void> {
    let waitMs = RESTART_FIRST_MS;
    while (!this.#stopping) {
      const startedAt = performance.now();
      const how = await this.#runOnce();
      if (this.#stopping) return;
      if (!this.#served) return this.#ready.reject(this.#neverServed(how));
      if (performance.now() - startedAt > STEADY_MS) waitMs = RESTART_FIRST_MS;
      const { name, log, logFile } = this.#options;
      log.warn(
        { process: name, how, logFile, waitMs },
        "a process of local mode died, restarting it",
      );
      await pause(waitMs);
      waitMs = Math.min(waitMs * 2, RESTART_MAX_MS);
    }
  }

  async #runOnce(): Promise<string> {
    const { entry, environment, logFile, onReady } = this.#options;
    const output = createWriteStream(logFile, { flags: "a", mode: 0o600 });
    const child = fork(entry, [], {
      env: environment(),
      execArgv: [],
      detached: true, // Ctrl-C in the terminal is for us; we stop the others in our own order
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#child = child;
    child.stdout?.pipe(output, { end: false });
    child.stderr?.pipe(output, { end: false });
    child.on("message", (message: { kind?: string; ports?: Ports }) => {
      if (message.kind !== "ready" || !message.ports) return;
      this.#served = true;
      onReady(message.ports);
      this.#ready.resolve();
    });
    const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
    output.end();
    return signal ?? `exit code ${code}`;
  }

  #neverServed(how: string): Error {
    const { name, logFile } = this.#options;
    const lines = readFileSync(logFile, "utf8").trimEnd().split("\n");
    const why = lines.findLast((line) => /\bError\b/.test(line)) ?? lines.at(-1) ?? "";
    return new Error(`${name} did not start (${how}): ${why.slice(0, 500)} (see ${logFile})`);
  }
}
