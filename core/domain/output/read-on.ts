import { type AttemptOutput, endOfOutput, type Gap, gapBefore } from "./attempt-output.ts";

/** A place in the output of a run: after piece `seq` of attempt `attempt`. */
export interface Place {
  readonly attempt: number;
  readonly seq: number;
}

/** What a reader is given next. */
export interface ReadOn<Piece extends Place> {
  /** In order: pieces, and gaps where pieces are missing. */
  readonly items: readonly (Piece | Gap)[];
  readonly next: Place;
  /** Nothing can come after it. */
  readonly complete: boolean;
}

/** What is known of a run when a reader asks for the pieces behind a place. */
export interface Reading<Piece extends Place> {
  readonly after: Place;
  /** The first stored ones behind it, in order; [] = there are none. */
  readonly pieces: readonly Piece[];
  /** From that of the place on, in order; read before the pieces. */
  readonly attempts: readonly AttemptOutput[];
  /** The run is final: no attempt will follow. */
  readonly final: boolean;
  /** It is past its time to live. */
  readonly expired: boolean;
}

/**
 * What a reader is given, so that it gets every piece once and in order, or is told of the gap. It is
 * not led from an attempt to a later one while pieces of the first may still arrive: they would be behind it.
 */
export function readOn<Piece extends Place>(reading: Reading<Piece>): ReadOn<Piece> {
  const { attempts, expired } = reading;
  const items: (Piece | Gap)[] = [];
  let next: Place = reading.after;
  /** Leaves every attempt before this one; false = one of them must be waited for. */
  const leaveBefore = (before: number): boolean => {
    for (const output of attempts) {
      const { attempt } = output;
      if (attempt < next.attempt || attempt >= before) continue;
      const end = endOfOutput(output, attempt === next.attempt ? next.seq : 0, expired);
      if (end === "open" || end === "arriving") return false;
      if (end !== "reached") items.push(end);
      next = { attempt: attempt + 1, seq: 0 };
    }
    return true;
  };
  const answer = (complete: boolean): ReadOn<Piece> => ({ items, next, complete });
  for (const piece of reading.pieces) {
    const { attempt, seq } = piece;
    if (attempt !== next.attempt) {
      if (!leaveBefore(attempt)) return answer(false);
      next = { attempt, seq: 0 };
    }
    const gap = gapBefore(attempt, { after: next.seq, seq }, expired);
    if (gap) items.push(gap);
    items.push(piece);
    next = { attempt, seq };
  }
  if (!reading.final) return answer(false);
  // Behind pieces there may be more; only an announced end says that there are none.
  if (reading.pieces.length > 0) return answer(isAtAnnouncedEnd(next, attempts, expired));
  const { attempt, seq } = next;
  const complete = leaveBefore(Number.POSITIVE_INFINITY);
  if (complete) next = { attempt, seq }; // asked again, the same is answered
  return answer(complete);
}

function isAtAnnouncedEnd(
  { attempt, seq }: Place,
  attempts: readonly AttemptOutput[],
  expired: boolean,
): boolean {
  const newest = attempts.at(-1);
  return newest?.attempt === attempt && endOfOutput(newest, seq, expired) === "reached";
}
