import { INVARIANTS } from "#core/domain/invariants.ts";
import { limits } from "#core/domain/limits.ts";
import { SCHEMA_VERSION } from "#core/domain/schema-version.ts";
import type { InvariantsBody, PlatformBody } from "#core/domain/spec/invariants-api.ts";
import { VERSION } from "#core/domain/version.ts";
import type { PlatformView } from "#core/ports/invariant-reader.ts";
import type { AppDeps, HttpContext } from "./http-env.ts";
import { openQuery } from "./query.ts";
import { instant } from "./render.ts";

/** GET /v1/invariants: whether the rows contradict each other, and whether somebody looks at them. */
export async function getInvariants(c: HttpContext, deps: AppDeps): Promise<Response> {
  openQuery(c.req.url).close();
  const invariants = await deps.invariants();
  const platform = renderPlatform(await invariants.platform());
  const { at, found, ...survey } = await invariants.survey();
  const byName = new Map(found.map(({ invariant, ...rest }) => [invariant, rest]));
  return c.json<InvariantsBody>({
    ...{ checkedAt: instant(at), runs: survey.runs, workers: survey.workers, isCut: survey.isCut },
    violations: found.reduce((sum, { violations }) => sum + violations, 0),
    invariants: INVARIANTS.map((invariant) => ({
      ...{ ...invariant, violations: 0, first: [] },
      ...byName.get(invariant.name),
    })),
    platform,
    scope: c.get("caller")?.scope ?? "read",
  });
}

function renderPlatform({ now, gateways, sweptAt, ...view }: PlatformView): PlatformBody {
  const sweepDueMs = limits.sweepPeriodMs + limits.overdueMs;
  return {
    ...{ version: VERSION, schemaVersion: view.schemaVersion, schemaExpected: SCHEMA_VERSION },
    gateways: gateways.map(({ id, beatAt }) => ({
      ...{ id, beatAt: instant(beatAt), lives: now - beatAt < limits.gatewayDeadMs },
    })),
    sweptAt: sweptAt === null ? null : instant(sweptAt),
    sweepIsLate: sweptAt === null || now - sweptAt > sweepDueMs,
    ...{ launching: view.launching, launchFailures: view.launchFailures },
  };
}
