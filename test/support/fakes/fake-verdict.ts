import { isFinal } from "#core/domain/job-run/phase.ts";
import { verifyOutput } from "#core/domain/output/verify-output.ts";
import type { AttemptView, LogPiece, LogVerdict, RunSummary } from "#core/ports/run-reader.ts";

interface StoredOutputOfRun {
  readonly run: Pick<RunSummary, "phase">;
  readonly attempts: readonly AttemptView[];
  readonly pieces: readonly LogPiece[];
}

/** By the real rule, as if everybody had been gone for long. */
export function fakeVerdict({ run, attempts, pieces }: StoredOutputOfRun): LogVerdict {
  const verdicts = verifyOutput({
    expired: false,
    uncheckedFrom: null,
    attempts: attempts.map((attempt) => ({
      ...{ attempt: attempt.number, started: attempt.startedAt !== null },
      ...{ announcedSeq: attempt.logLastSeq, workerGoneAgoMs: Number.MAX_SAFE_INTEGER },
      endedAgoMs: attempt.endedAt === null ? null : Number.MAX_SAFE_INTEGER,
    })),
    stored: attempts.map(({ number }) => {
      const own = pieces.filter(({ attempt }) => attempt === number);
      return {
        ...{ attempt: number, pieces: own.length, lastSeq: own.at(-1)?.seq ?? 0 },
        bytes: own.reduce((sum, { data }) => sum + data.length, 0),
        ...{ truncated: own.at(-1)?.truncated ?? null, gaps: [], gapCount: 0 },
      };
    }),
  });
  const final = isFinal(run.phase);
  return {
    final,
    complete: final && verdicts.every(({ complete }) => complete),
    attempts: verdicts,
  };
}
