import { isFinal, type LogPieceBody, type RunBody, sayGap } from "#core/domain/spec/api.ts";
import type { ApiClient } from "./api-client.ts";
import type { Output } from "./output.ts";

const WAIT_SECONDS = 20;
/** Empty answers after the end until output is no longer expected: a worker died with it. */
const EMPTY_AFTER_END_MAX = 2;

export interface LogRequest {
  readonly runId: string;
  /** Only this attempt; null = all. */
  readonly attempt: number | null;
  /** true: until nothing can come any more; false: what is there now. */
  readonly follow: boolean;
  /** Told of the run while nothing is written. */
  readonly onIdle?: (run: RunBody) => Promise<void>;
}

/** Copies the output of a run to ours, piece by piece. */
export async function readLog(api: ApiClient, output: Output, request: LogRequest): Promise<void> {
  const { runId, attempt, follow } = request;
  let cursor = attempt === null ? "0.0" : `${attempt}.0`;
  let emptyAfterEnd = 0;
  for (;;) {
    const page = await api.logs(runId, cursor, follow ? WAIT_SECONDS : 0);
    for (const piece of page.pieces) {
      if (attempt !== null && piece.attempt > attempt) return;
      await showPiece(output, piece);
    }
    if (page.complete) return;
    cursor = page.next;
    if (page.pieces.length > 0) continue;
    if (!follow) return;
    if (await hasEnded(api, request)) emptyAfterEnd += 1;
    if (emptyAfterEnd < EMPTY_AFTER_END_MAX) continue;
    return output.note(
      "hodei: the end of the output never arrived; what is above may be incomplete",
    );
  }
}

/** true: what is read has ended, so that its output should be complete by now. */
async function hasEnded(api: ApiClient, { runId, attempt, onIdle }: LogRequest): Promise<boolean> {
  const run = await api.run(runId);
  await onIdle?.(run);
  if (attempt === null || isFinal(run.phase)) return isFinal(run.phase);
  const { attempts } = await api.attempts(runId);
  return attempts.some(({ number, endedAt }) => number === attempt && endedAt !== null);
}

async function showPiece(output: Output, piece: LogPieceBody): Promise<void> {
  if (output.json) return output.value({ type: "log", ...piece });
  if (piece.gap !== undefined) {
    return output.note(`hodei: ${sayGap({ attempt: piece.attempt, ...piece.gap })}`);
  }
  if (piece.truncated !== undefined) {
    const { droppedBytes, droppedLines } = piece.truncated;
    await output.note(
      `hodei: ${droppedBytes} bytes (${droppedLines} lines) of output were dropped here`,
    );
  }
  const bytes =
    piece.data === undefined
      ? new TextEncoder().encode(piece.text)
      : Buffer.from(piece.data, "base64");
  await output.bytes(piece.stream, bytes);
}
