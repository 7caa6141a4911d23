import { mkdir, open, readdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { AttemptResult } from "./attempt-result.ts";

/** What identifies an execution after a crash of the agent. */
export interface StartedExecution {
  readonly executionId: string;
  readonly fence: number;
  readonly runId: string;
}

/** What an earlier agent left behind in this work directory. */
export interface Leftovers {
  /** Finished, and not known to be acknowledged. */
  readonly results: AttemptResult[];
  /** Started, and never finished. */
  readonly unfinished: StartedExecution[];
}

/** Where results are kept; a simulation has no disk. */
export type Results = Pick<
  ResultStore,
  "scratchDir" | "open" | "markStarted" | "save" | "forget" | "close"
>;

/**
 * What must survive a crash of the agent, one small file per fact: `<execution>.started` from
 * before the process is made, `<execution>.json` with the result until it is acknowledged.
 */
export class ResultStore {
  readonly #workDir: string;
  readonly #dir: string;

  constructor(workDir: string) {
    this.#workDir = workDir;
    this.#dir = join(workDir, "results");
  }

  /** Where an execution may put its files. */
  scratchDir(executionId: string): string {
    return join(this.#workDir, "scratch", fileName(executionId));
  }

  /** Makes the directories, removes old scratch files and returns what was left behind. */
  async open(): Promise<Leftovers> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    await rm(join(this.#workDir, "scratch"), { recursive: true, force: true });
    const names = await readdir(this.#dir);
    const results = await this.#readAll<AttemptResult>(names, ".json");
    const finished = new Set(results.map((result) => result.executionId));
    const started = await this.#readAll<StartedExecution>(names, ".started");
    return { results, unfinished: started.filter((it) => !finished.has(it.executionId)) };
  }

  /** To be called before the process is made. */
  async markStarted(started: StartedExecution): Promise<void> {
    await writeFile(this.#path(started.executionId, ".started"), JSON.stringify(started), {
      mode: 0o600,
    });
  }

  /** Stores a result durably: it is complete on disk, or not there at all. */
  async save(result: AttemptResult): Promise<void> {
    const path = this.#path(result.executionId, ".json");
    const file = await open(`${path}.new`, "w", 0o600);
    try {
      await file.writeFile(JSON.stringify(result));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
  }

  /** The execution is settled: forgets everything about it. */
  async forget(executionId: string): Promise<void> {
    for (const kind of [".json", ".started"]) {
      await rm(this.#path(executionId, kind), { force: true });
    }
  }

  /** Leaves no empty directories behind; what still holds something stays. */
  async close(): Promise<void> {
    for (const dir of [join(this.#workDir, "scratch"), this.#dir, this.#workDir]) {
      await rmdir(dir).catch(() => undefined);
    }
  }

  async #readAll<T>(names: readonly string[], kind: string): Promise<T[]> {
    const found: T[] = [];
    for (const name of names.filter((it) => it.endsWith(kind))) {
      const parsed = parse(await readFile(join(this.#dir, name), "utf8"));
      if (parsed !== null) found.push(parsed as T);
    }
    return found;
  }

  #path(executionId: string, kind: string): string {
    return join(this.#dir, fileName(executionId) + kind);
  }
}

/** An execution id is chosen by the peer; as a file name it must not lead out of the directory. */
const fileName = (executionId: string): string => basename(encodeURIComponent(executionId));

/** A file torn by a crash says nothing: null. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
