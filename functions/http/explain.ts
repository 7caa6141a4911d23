import type { Explanation } from "#core/domain/explain/explanation.ts";
import type { ExplanationBody } from "#core/domain/spec/scheduling-api.ts";
import type { AppDeps, HttpContext } from "./http-env.ts";
import { openQuery } from "./query.ts";
import { readRunId } from "./run-of-path.ts";

/** GET /v1/runs/{id}/explain: why it waits, and what would end that. */
export async function explainRun(c: HttpContext, { operations }: AppDeps): Promise<Response> {
  openQuery(c.req.url).close();
  return c.json<ExplanationBody>(render(await operations.explainRun(readRunId(c))));
}

const instant = (epochMs: number): string => new Date(epochMs).toISOString();

const render = (explanation: Explanation): ExplanationBody => ({
  ...explanation,
  decidedAt: instant(explanation.decidedAt),
  decision: explanation.decision && {
    ...explanation.decision,
    at: explanation.decision.at === null ? null : instant(explanation.decision.at),
  },
  blockers: explanation.blockers.map((blocker) => ({
    ...blocker,
    since: blocker.since === null ? null : instant(blocker.since),
  })),
});
