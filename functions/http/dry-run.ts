import { DomainError } from "#core/domain/errors.ts";
import type { ForeseenBody } from "#core/domain/spec/scheduling-api.ts";
import { type AppDeps, callerOf, type HttpContext } from "./http-env.ts";
import { readJsonBody } from "./json-body.ts";
import { openQuery } from "./query.ts";
import { instant } from "./render.ts";

/** POST /v1/runs/dry-run: what the next look would decide about a run like this. Nothing is stored. */
export async function dryRun(c: HttpContext, { operations }: AppDeps): Promise<Response> {
  openQuery(c.req.url).close();
  const spec = await readJsonBody(c.req.raw);
  if (spec === undefined)
    throw new DomainError("InvalidRequest", "the body must be a run spec as JSON");
  const submittedBy = callerOf(c);
  const foreseen = await operations.foreseeRun({ spec, idempotencyKey: null, submittedBy });
  const { workerId, decision, reason } = foreseen;
  return c.json<ForeseenBody>({
    decidedAt: instant(foreseen.now),
    workerId,
    decision: decision && {
      strategy: decision.strategy,
      candidates: decision.candidates,
      score: decision.score,
      reasons: decision.reasons,
    },
    reason,
    spec: foreseen.spec,
  });
}
