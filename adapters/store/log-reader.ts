import { limits } from "#core/domain/limits.ts";
import { type AttemptOutput, type Gap, gapBefore } from "#core/domain/output/attempt-output.ts";
import { readOn } from "#core/domain/output/read-on.ts";
import { type StoredOutput, verifyOutput } from "#core/domain/output/verify-output.ts";
import type { LogPiece, RunReader } from "#core/ports/run-reader.ts";
import type { DomainQuery } from "./domain-query.ts";
import { tallyLogs, viewLogEnds, viewLogs } from "./reads/logs.ts";

/** Rows of one page of logs: bounds the scan; the bytes bound the answer. */
const LOG_ROWS_MAX = 500;

interface EndRow extends Omit<AttemptOutput, "attempt"> {
  readonly final: boolean;
  readonly expired: boolean;
  /** Epoch ms. */
  readonly now: number;
  readonly endedAt: number | null;
  /** null = the run has no such attempt. */
  readonly attempt: number | null;
}

interface LogRow {
  readonly attempt: number;
  readonly seq: number;
  readonly stderr: boolean;
  readonly at: number;
  readonly data: string;
  readonly droppedBytes: number | null;
  readonly droppedLines: number | null;
}

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

/** The output of runs, and whether it is complete. */
export function createLogReader(
  query: DomainQuery,
  bounds: VerifyBounds = BOUNDS,
): Pick<RunReader, "logs" | "verifyLogs"> {
  const ends = (id: string, attempt: number): Promise<EndRow[]> =>
    query<EndRow>(viewLogEnds, { id, attempt, limit: limits.logAttemptsMax });
  return {
    logs: async (id, after, bytesMax) => {
      // The ends are read first: what they call complete is then surely in the page read after them.
      const known = await ends(id, after.attempt);
      const { attempt, seq } = after;
      const pieces = await query<LogRow>(viewLogs, {
        ...{ id, attempt, seq, rows: LOG_ROWS_MAX, bytesMax },
      });
      const about = { final: known[0]?.final ?? false, expired: known[0]?.expired ?? false };
      const { items, ...page } = readOn({ after, pieces, attempts: attemptsOf(known), ...about });
      return { ...page, pieces: items.map((item) => toPiece(item, known)) };
    },
    verifyLogs: async (id) => {
      const known = await ends(id, 0);
      const [run] = known;
      if (!run) return null;
      const { final, expired } = run;
      const tallied = await tallyAll(query, { id, expired, bounds });
      const attempts = verifyOutput({ attempts: attemptsOf(known), expired, ...tallied });
      const all = known.length < limits.logAttemptsMax;
      const complete = final && all && attempts.every((attempt) => attempt.complete);
      return { complete, final, attempts };
    },
  };
}

const attemptsOf = (known: readonly EndRow[]): AttemptOutput[] =>
  known.flatMap(({ attempt, ...row }) => (attempt === null ? [] : [{ ...row, attempt }]));

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

function toPiece(item: LogRow | Gap, known: readonly EndRow[]): LogPiece {
  if ("reason" in item) {
    const { attempt, from: seq } = item;
    const about = known.find((row) => row.attempt === attempt) ?? known[0];
    const at = about?.endedAt ?? about?.now ?? 0;
    const nothing = { stream: "stdout", data: new Uint8Array(), truncated: null } as const;
    return { attempt, seq, at, ...nothing, gap: item };
  }
  const { droppedBytes, droppedLines } = item;
  return {
    ...{ attempt: item.attempt, seq: item.seq, at: item.at, gap: null },
    stream: item.stderr ? "stderr" : "stdout",
    data: Buffer.from(item.data, "base64"),
    truncated: droppedBytes === null ? null : { droppedBytes, droppedLines: droppedLines ?? 0 },
  };
}
