import { DomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import type { AttemptOutput, Gap } from "#core/domain/output/attempt-output.ts";
import { readOn } from "#core/domain/output/read-on.ts";
import type { LogPiece, RunReader } from "#core/ports/run-reader.ts";
import type { DomainQuery } from "./domain-query.ts";
import { viewLogEnds, viewLogs } from "./reads/logs.ts";
import type { VerifyBounds } from "./verify-logs.ts";

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

/** The output of runs, and whether it is complete. */
export function createLogReader(
  query: DomainQuery,
  bounds?: VerifyBounds,
): Pick<RunReader, "logs" | "verifyLogs"> {
  const inTurn = turns(limits.logVerifiesMax);
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
      const { verifyLogs } = await import("./verify-logs.ts"); // seldom asked for
      const { final, expired } = run;
      const cut = known.length === limits.logAttemptsMax;
      const about = { id, final, expired, attempts: attemptsOf(known), cut };
      return inTurn(() => verifyLogs(query, about, bounds));
    },
  };
}

/** A verdict reads up to millions of rows: some at once, and who comes then is told to come later. */
function turns(max: number) {
  let underWay = 0;
  return async <T>(look: () => Promise<T>): Promise<T> => {
    if (underWay >= max)
      throw new DomainError("RateLimited", "other output is being verified; come again", {
        retryAfterMs: limits.logVerifyAgainMs,
      });
    underWay += 1;
    return look().finally(() => {
      underWay -= 1;
    });
  };
}

const attemptsOf = (known: readonly EndRow[]): AttemptOutput[] =>
  known.flatMap(({ attempt, ...row }) => (attempt === null ? [] : [{ ...row, attempt }]));

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
