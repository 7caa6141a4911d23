import { limits } from "#core/domain/limits.ts";
import { type AttemptOutput, gapBefore } from "#core/domain/output/attempt-output.ts";
import { type StoredOutput, verifyOutput } from "#core/domain/output/verify-output.ts";
import type { LogVerdict } from "#core/ports/run-reader.ts";
import type { DomainQuery } from "./domain-query.ts";
import { tallyLogs } from "./reads/tally-logs.ts";

interface TallyRow {
  readonly attempt: number;
  readonly pieces: number;
  readonly bytes: number;
  readonly lastSeq: number;
  readonly droppedBytes: number | null;
  readonly droppedLines: number | null;
  readonly holes: readonly { readonly after: number; readonly seq: number }[];
  readonly gapCount: number;
}

/** How far a verdict looks; the tests look less far. */
export interface VerifyBounds {
  /** Stored pieces that one statement looks at. */
  readonly piecesMax: number;
  readonly statementsMax: number;
  /** Gaps that the answer lists. */
  readonly gapsMax: number;
}

const BOUNDS: VerifyBounds = {
  piecesMax: limits.logVerifyPiecesMax,
  statementsMax: limits.logVerifyStatementsMax,
  gapsMax: limits.logVerifyGapsMax,
};

interface KnownRun {
  readonly id: string;
  readonly final: boolean;
  readonly expired: boolean;
  readonly attempts: readonly AttemptOutput[];
  /** There are more attempts than these. */
  readonly cut: boolean;
}

/** Looks at all stored pieces of a run whose attempts were read before. */
export async function verifyLogs(
  query: DomainQuery,
  { id, final, expired, attempts: known, cut }: KnownRun,
  bounds: VerifyBounds = BOUNDS,
): Promise<LogVerdict> {
  const tallied = await tallyAll(query, { id, expired, bounds });
  const attempts = verifyOutput({ attempts: known, expired, ...tallied });
  const complete = final && !cut && attempts.every((attempt) => attempt.complete);
  return { complete, final, attempts };
}

/** Statement by statement, each behind the last piece of the one before. */
async function tallyAll(
  query: DomainQuery,
  { id, expired, bounds }: { id: string; expired: boolean; bounds: VerifyBounds },
): Promise<{ stored: StoredOutput[]; uncheckedFrom: number | null }> {
  const stored = new Map<number, StoredOutput>();
  let after = { attempt: 0, seq: 0 };
  for (let statement = 0; statement < bounds.statementsMax; statement += 1) {
    const listed = [...stored.values()].reduce((sum, { gaps }) => sum + gaps.length, 0);
    const pieces = bounds.piecesMax;
    const gaps = bounds.gapsMax - listed;
    const rows = await query<TallyRow>(tallyLogs, { id, ...after, pieces, gaps });
    for (const row of rows)
      stored.set(row.attempt, together(stored.get(row.attempt), storedOf(row, expired)));
    const last = rows.at(-1);
    const looked = rows.reduce((sum, row) => sum + row.pieces, 0);
    if (!last || looked < pieces) return { stored: [...stored.values()], uncheckedFrom: null };
    after = { attempt: last.attempt, seq: last.lastSeq };
  }
  return { stored: [...stored.values()], uncheckedFrom: after.attempt };
}

function storedOf(row: TallyRow, expired: boolean): StoredOutput {
  const { attempt, pieces, bytes, lastSeq, droppedBytes, droppedLines, gapCount } = row;
  const truncated =
    droppedBytes === null ? null : { droppedBytes, droppedLines: droppedLines ?? 0 };
  const gaps = row.holes.flatMap((hole) => gapBefore(attempt, hole, expired) ?? []);
  return { attempt, pieces, bytes, lastSeq, truncated, gaps, gapCount };
}

function together(before: StoredOutput | undefined, more: StoredOutput): StoredOutput {
  if (!before) return more;
  return {
    ...more,
    pieces: before.pieces + more.pieces,
    bytes: before.bytes + more.bytes,
    truncated: more.truncated ?? before.truncated,
    gaps: [...before.gaps, ...more.gaps],
    gapCount: before.gapCount + more.gapCount,
  };
}
