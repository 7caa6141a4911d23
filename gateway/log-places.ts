import type { LogCursor } from "#core/ports/run-reader.ts";

/** A job by its id and its birth: an id may be given again when its first job was swept away. */
export interface JobKey {
  readonly id: string;
  /** Epoch ms. */
  readonly createdAt: number;
}

/** A place between two lines of a job's output: `lines` of them lie before the cursor. */
export interface LogPlace {
  readonly cursor: LogCursor;
  readonly lines: number;
}

export const BEGINNING: LogPlace = { cursor: { attempt: 0, seq: 0 }, lines: 0 };

const JOBS_MAX = 256;
const PLACES_PER_JOB_MAX = 256;

interface Known {
  /** In order, at least so many lines apart that they stay few. */
  places: readonly LogPlace[];
  newest: LogPlace;
}

/**
 * Where lines of jobs were found, so that a reader who asks for what follows a line does not count
 * all lines from the first again. Whatever is forgotten is counted again.
 */
export class LogPlaces {
  /** The job that was read longest ago first. */
  readonly #byJob = new Map<string, Known>();

  /** The last known place with at most this many lines before it. */
  before(job: JobKey, lines: number): LogPlace {
    const known = this.#byJob.get(keyOf(job));
    if (!known) return BEGINNING;
    if (known.newest.lines <= lines) return known.newest;
    return known.places.findLast((place) => place.lines <= lines) ?? BEGINNING;
  }

  /** A place that a reader came to. */
  note(job: JobKey, place: LogPlace): void {
    const key = keyOf(job);
    const known = this.#byJob.get(key) ?? { places: [], newest: BEGINNING };
    this.#byJob.delete(key);
    this.#byJob.set(key, known);
    if (isBehind(place.cursor, known.newest.cursor)) {
      known.newest = place;
      known.places = spaced([...known.places, place]);
    }
    const [longestAgo] = this.#byJob.keys();
    if (this.#byJob.size > JOBS_MAX && longestAgo !== undefined) this.#byJob.delete(longestAgo);
  }
}

const keyOf = ({ id, createdAt }: JobKey): string => `${id} ${createdAt}`;

const isBehind = (a: LogCursor, b: LogCursor): boolean =>
  a.attempt > b.attempt || (a.attempt === b.attempt && a.seq > b.seq);

/** The same when they are few, else about half of them, evenly. */
function spaced(places: readonly LogPlace[]): readonly LogPlace[] {
  if (places.length <= PLACES_PER_JOB_MAX) return places;
  const apart = ((places.at(-1)?.lines ?? 0) * 2) / PLACES_PER_JOB_MAX;
  const kept: LogPlace[] = [];
  for (const place of places)
    if (place.lines - (kept.at(-1)?.lines ?? 0) >= apart) kept.push(place);
  return kept;
}
