import { limits } from "#core/domain/limits.ts";
import type { LogCursor, RunReader } from "#core/ports/run-reader.ts";
import { type LogLine, LogLines } from "./log-lines.ts";
import type { JobKey, LogPlaces } from "./log-places.ts";

export interface LinePage {
  readonly lines: readonly LogLine[];
  /** false: there is nothing more behind these lines, at this moment. */
  readonly more: boolean;
}

/** One reader's way through the output of a job, from a known place to the end. */
export class LogReading {
  readonly #reader: Pick<RunReader, "logs">;
  readonly #places: LogPlaces;
  readonly #job: JobKey;
  readonly #cutter: LogLines;
  #cursor: LogCursor;
  #complete = false;

  /** Begins at the last known place with at most `after` lines before it. */
  constructor(
    reader: Pick<RunReader, "logs">,
    places: LogPlaces,
    { job, after }: { job: JobKey; after: number },
  ) {
    const place = places.before(job, after);
    this.#reader = reader;
    this.#places = places;
    this.#job = job;
    this.#cutter = new LogLines(place.lines);
    this.#cursor = place.cursor;
  }

  /** true: every line was read, none can come any more. */
  get complete(): boolean {
    return this.#complete;
  }

  /** The lines of the next page; of an unfinished job, only lines that have ended. */
  async next(): Promise<LinePage> {
    if (this.#complete) return { lines: [], more: false };
    const page = await this.#reader.logs(this.#job.id, this.#cursor, limits.logPageBytesMax);
    const lines = page.pieces.flatMap((piece) => this.#cutter.add(piece));
    this.#cursor = page.next;
    // The mark at the end of a page that is the last is read again, and must not count twice.
    if (this.#cutter.isBetweenLines && !page.complete)
      this.#places.note(this.#job, { cursor: this.#cursor, lines: this.#cutter.count });
    if (page.complete) lines.push(...this.#cutter.end());
    this.#complete = page.complete;
    return { lines, more: page.pieces.length > 0 && !page.complete };
  }

  /** Reads over everything that is stored now; answers how many lines there were. */
  async skipStored(): Promise<number> {
    while ((await this.next()).more);
    return this.#cutter.count;
  }
}
