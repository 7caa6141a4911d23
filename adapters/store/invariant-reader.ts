import { DomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import { DEFAULT_TIMINGS, type Timings } from "#core/domain/timings.ts";
import type { Found, InvariantReader, PlatformView, Survey } from "#core/ports/invariant-reader.ts";
import { domainQuery } from "./domain-query.ts";
import { surveyViolations } from "./reads/invariants.ts";
import { readOverdue } from "./reads/overdue.ts";
import { readPlatform } from "./reads/platform.ts";
import type { SqlClient } from "./sql-client.ts";

/** The reads of an operator in doubt, over either driver. */
export function createInvariantReader(
  sql: SqlClient,
  timings: Timings = DEFAULT_TIMINGS,
): InvariantReader {
  const query = domainQuery(sql);
  const bounds = { max: limits.invariantRowsMax, shown: limits.violationsShownMax };
  return {
    survey: async () => {
      const [survey] = await query<Survey>(surveyViolations, bounds);
      if (!survey) throw new DomainError("Internal", "the invariants were not looked at");
      const overdue = await query<Found>(readOverdue, {
        ...{ ...bounds, late: limits.overdueMs, stopMarginMs: timings.stopMarginMs },
        ...{ giveUpMs: limits.launchGiveUpMs, goneMs: limits.machineGoneMs },
      });
      return { ...survey, found: [...survey.found, ...overdue] };
    },
    platform: async () => {
      const [view] = await query<PlatformView>(readPlatform, { max: limits.placementWorkersMax });
      if (!view) throw new DomainError("Internal", "the control row is missing");
      return view;
    },
  };
}
