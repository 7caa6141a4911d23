import type { GapReason } from "#core/domain/output/attempt-output.ts";
import type { OutputState, OutputVerdict } from "#core/domain/output/verify-output.ts";
import type { LogVerdict } from "#core/ports/run-reader.ts";
import {
  type AttemptOutputVerdict,
  OutputGapReason,
  type VerifyLogsResponse,
  OutputState as WireState,
} from "#proto/hodei/logs.ts";

const STATES: Readonly<Record<OutputState, WireState>> = {
  open: WireState.OUTPUT_STATE_OPEN,
  arriving: WireState.OUTPUT_STATE_ARRIVING,
  complete: WireState.OUTPUT_STATE_COMPLETE,
  truncated: WireState.OUTPUT_STATE_TRUNCATED,
  gaps: WireState.OUTPUT_STATE_GAPS,
  "unknown-end": WireState.OUTPUT_STATE_UNKNOWN_END,
  deleted: WireState.OUTPUT_STATE_DELETED,
  unchecked: WireState.OUTPUT_STATE_UNCHECKED,
};

const REASONS: Readonly<Record<GapReason, OutputGapReason>> = {
  lost: OutputGapReason.OUTPUT_GAP_REASON_LOST,
  "unknown-end": OutputGapReason.OUTPUT_GAP_REASON_UNKNOWN_END,
  "stream-broken": OutputGapReason.OUTPUT_GAP_REASON_STREAM_BROKEN,
  deleted: OutputGapReason.OUTPUT_GAP_REASON_DELETED,
};

/** The verdict about a job's output, as the contract has it. */
export const verifyAnswer = ({ complete, final, attempts }: LogVerdict): VerifyLogsResponse => ({
  complete,
  final,
  attempts: attempts.map(verdictOfAttempt),
});

const verdictOfAttempt = (verdict: OutputVerdict): AttemptOutputVerdict => ({
  attempt: verdict.attempt,
  state: STATES[verdict.state],
  pieces: verdict.pieces,
  bytes: verdict.bytes,
  lastSeq: verdict.lastSeq,
  expectedLastSeq: verdict.expectedLastSeq ?? undefined,
  droppedBytes: verdict.truncated?.droppedBytes ?? 0,
  droppedLines: verdict.truncated?.droppedLines ?? 0,
  gaps: verdict.gaps.map(({ from, to, reason }) => ({
    ...{ from, to: to ?? undefined, reason: REASONS[reason] },
  })),
  moreGaps: verdict.gapCount - verdict.gaps.length,
});
