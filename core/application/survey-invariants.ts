import { limits } from "#core/domain/limits.ts";
import type { InvariantReader, Survey } from "#core/ports/invariant-reader.ts";

/**
 * A look at the invariants reads tens of thousands of rows, and anybody who may read may ask for one: so a
 * process has one under way at most, and answers for some seconds what it found. A failure is not kept.
 */
export function surveyInvariants(
  reader: Pick<InvariantReader, "survey">,
  now: () => number = Date.now,
): () => Promise<Survey> {
  let last: { readonly survey: Promise<Survey>; until: number } | null = null;
  return () => {
    if (last !== null && now() < last.until) return last.survey;
    const survey = reader.survey();
    const mine = { survey, until: Number.POSITIVE_INFINITY };
    last = mine;
    survey.then(
      () => {
        mine.until = now() + limits.invariantsAgainMs;
      },
      () => {
        if (last === mine) last = null;
      },
    );
    return survey;
  };
}
