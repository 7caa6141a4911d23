import { type AttemptOutput, endOfOutput, type Gap } from "./attempt-output.ts";

/** What a look at the stored pieces of an attempt found. */
export interface StoredOutput {
  readonly attempt: number;
  readonly pieces: number;
  readonly bytes: number;
  /** The highest number that is stored. */
  readonly lastSeq: number;
  /** The record of what was beyond the cap; null = there is none. */
  readonly truncated: { readonly droppedBytes: number; readonly droppedLines: number } | null;
  /** Holes between stored numbers, in order: the first ones of all there are. */
  readonly gaps: readonly Gap[];
  /** How many holes there are, with those that are not listed. */
  readonly gapCount: number;
}

/**
 * - `open`: the attempt lives, more comes.
 * - `arriving`: it has ended, and the last of it may still be on its way.
 * - `complete`: everything that it wrote is stored.
 * - `truncated`: everything up to the cap is stored, and a record says how much was dropped beyond it.
 * - `gaps`: pieces are missing, and `gaps` says which.
 * - `unknown-end`: everything up to `lastSeq` is stored; whether there was more, nobody knows.
 * - `deleted`: the run is past its time to live, and output of it is deleted.
 * - `unchecked`: there is more output than one answer looks at.
 */
export const OUTPUT_STATES = [
  "open",
  "arriving",
  "complete",
  "truncated",
  "gaps",
  "unknown-end",
  "deleted",
  "unchecked",
] as const;
export type OutputState = (typeof OUTPUT_STATES)[number];

export interface OutputVerdict extends StoredOutput {
  readonly state: OutputState;
  /** state is `complete`. */
  readonly complete: boolean;
  /** The last number that there should be; null = nobody said. */
  readonly expectedLastSeq: number | null;
}

/** What is asked of the stored output of a run. */
export interface OutputQuestion {
  readonly attempts: readonly AttemptOutput[];
  readonly stored: readonly StoredOutput[];
  /** The run is past its time to live. */
  readonly expired: boolean;
  /** Pieces of this attempt and later ones were not all looked at; null = all were. */
  readonly uncheckedFrom: number | null;
}

/** Whether what is stored of each attempt is all that it wrote. */
export const verifyOutput = (question: OutputQuestion): OutputVerdict[] =>
  question.attempts.map((output) => verifyAttempt(output, question));

function verifyAttempt(output: AttemptOutput, question: OutputQuestion): OutputVerdict {
  const { attempt, started, endedAgoMs, announcedSeq } = output;
  const { expired, uncheckedFrom } = question;
  const stored = question.stored.find((one) => one.attempt === attempt) ?? nothing(attempt);
  const expectedLastSeq = endedAgoMs === null || started ? announcedSeq : (announcedSeq ?? 0);
  const answer = (state: OutputState, gap: Gap | null = null): OutputVerdict => ({
    ...stored,
    ...(gap && { gaps: [...stored.gaps, gap], gapCount: stored.gapCount + 1 }),
    ...{ state, complete: state === "complete", expectedLastSeq },
  });
  if (uncheckedFrom !== null && attempt >= uncheckedFrom) return answer("unchecked");
  const end = endOfOutput(output, stored.lastSeq, expired);
  const gap = typeof end === "string" ? null : end;
  if (expired && (gap || stored.gapCount > 0)) return answer("deleted", gap);
  if (end === "open" || end === "arriving") return answer(end);
  if (stored.gapCount > 0 || gap?.reason === "lost") return answer("gaps", gap);
  if (gap) return answer("unknown-end", gap);
  return answer(stored.truncated ? "truncated" : "complete");
}

const nothing = (attempt: number): StoredOutput => ({
  ...{ attempt, pieces: 0, bytes: 0, lastSeq: 0, truncated: null, gaps: [], gapCount: 0 },
});
