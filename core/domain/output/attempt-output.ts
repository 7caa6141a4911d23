import { limits } from "../limits.ts";

/** What is known of the output of an attempt, apart from the output itself. */
export interface AttemptOutput {
  /** The number of the attempt, from 1. */
  readonly attempt: number;
  /** Code of the user may have run. */
  readonly started: boolean;
  /** null = it lives. */
  readonly endedAgoMs: number | null;
  /** The last number of its output, 0 = it wrote nothing; null = nobody said. */
  readonly announcedSeq: number | null;
  /** Since when nobody is left who could send anything; null = its worker is there. */
  readonly workerGoneAgoMs: number | null;
}

/** Why numbers of output are not there. */
export type GapReason =
  /** They were given and never stored: their worker went, or gave up, before they were acknowledged. */
  | "lost"
  /** Nobody said how much there was: the worker was lost with whatever it had not delivered. */
  | "unknown-end"
  /** A worker of the original came back on a new stream, and what was on its way on the old one is gone. */
  | "stream-broken"
  /** The run is past its time to live, and its output is being deleted. */
  | "deleted";

/** Numbers `from` to `to` of an attempt that are not there; `to` null = nobody knows how far. */
export interface Gap {
  readonly attempt: number;
  readonly from: number;
  readonly to: number | null;
  readonly reason: GapReason;
}

/**
 * Output of the original's workers is numbered by the gateway; each later stream of an attempt begins
 * at the next multiple of this, so that a number is never given twice. Ours never reach the first.
 */
export const ORIGINAL_STREAM_SEQS = 2 ** 32;

/** The hole before a stored number; null = there is none. `after`: the stored number before, or 0. */
export function gapBefore(
  attempt: number,
  { after, seq }: { after: number; seq: number },
  expired: boolean,
): Gap | null {
  if (seq === after + 1) return null;
  const isNewStream = seq > ORIGINAL_STREAM_SEQS && seq % ORIGINAL_STREAM_SEQS === 1;
  const reason = expired ? "deleted" : isNewStream ? "stream-broken" : "lost";
  return { attempt, from: after + 1, to: seq - 1, reason };
}

/** The place behind a gap: where a reader who was told of it goes on. */
export const behindGap = ({ attempt, to }: Gap): { attempt: number; seq: number } =>
  to === null ? { attempt: attempt + 1, seq: 0 } : { attempt, seq: to };

/** The end of an attempt's output, seen from the last number that is stored (0 = none is). */
export type OutputEnd =
  /** It lives: more comes. */
  | "open"
  /** It has ended; the last of it may still be on its way. */
  | "arriving"
  /** Everything up to the announced end is there. */
  | "reached"
  | Gap;

/**
 * Where the output of an attempt ends: whether more comes, all is there, or what is missing. `stored`: the
 * last number that is stored without a hole before it is looked at; `expired`: the run is past its time to live.
 */
export function endOfOutput(output: AttemptOutput, stored: number, expired: boolean): OutputEnd {
  const { attempt, started, endedAgoMs, workerGoneAgoMs } = output;
  if (endedAgoMs === null) return "open";
  const announced = started ? output.announcedSeq : (output.announcedSeq ?? 0);
  if (announced === stored) return "reached";
  const from = stored + 1;
  // More than was announced: that word cannot be believed.
  const to = announced !== null && announced > stored ? announced : null;
  const mayComeForMs = to === null ? limits.lostLogsMs : limits.announcedLogsMs;
  const isOver = endedAgoMs >= mayComeForMs || (workerGoneAgoMs ?? 0) >= limits.goneLogsMs;
  if (!isOver) return "arriving";
  const reason = expired ? "deleted" : to === null ? "unknown-end" : "lost";
  return { attempt, from, to, reason };
}
