import { once } from "node:events";
import { createReadStream, createWriteStream, type WriteStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Entry, What } from "./entry.ts";

const RECENT_MAX = 500;

/**
 * Append-only: entries go to a file, one JSON document a line, and only the newest stay in memory.
 * The order of `add` is the order of the history, whoever calls.
 */
export class Journal {
  readonly file: string;
  readonly #out: WriteStream;
  readonly #recent: Entry[] = [];
  #count = 0;
  #failed: Error | null = null;

  constructor(file: string) {
    this.file = file;
    this.#out = createWriteStream(file, { flags: "wx", mode: 0o600 });
    this.#out.on("error", (error) => {
      this.#failed = error;
    });
  }

  /** Entries so far. */
  get count(): number {
    return this.#count;
  }

  /** The newest entries, for whoever wants to show them. */
  get recent(): readonly Entry[] {
    return this.#recent;
  }

  add(what: What): void {
    this.#count += 1;
    const entry: Entry = { n: this.#count, ms: Date.now(), ...what };
    this.#out.write(`${JSON.stringify(entry)}\n`);
    this.#recent.push(entry);
    if (this.#recent.length > 2 * RECENT_MAX) this.#recent.splice(0, RECENT_MAX);
  }

  /** Everything is in the file. Throws when something could not be written. */
  async close(): Promise<void> {
    if (!this.#failed) {
      this.#out.end();
      await once(this.#out, "close");
    }
    if (this.#failed) throw this.#failed;
  }
}

/** The entries of a journal that was closed. */
export async function readJournal(file: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const line of createInterface({ input: createReadStream(file) }))
    entries.push(JSON.parse(line) as Entry);
  return entries;
}
