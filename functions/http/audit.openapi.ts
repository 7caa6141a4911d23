import { AUDIT_EVENT_TYPES } from "#core/domain/audit/audit-event.ts";
import { limits } from "#core/domain/limits.ts";
import { COMMON_REFUSALS, PAGE_LIMIT, type RouteDescription } from "./route-description.ts";

const INSTANT = { type: "string", format: "date-time" };
const NAME = { type: "string", minLength: 1, maxLength: limits.auditNameCharsMax };
const RANGE = {
  from: { description: "Only events from this instant on.", schema: INSTANT },
  until: { description: "Only events before this instant.", schema: INSTANT },
};

export const listAuditRoute: RouteDescription = {
  method: "GET",
  path: "/v1/audit",
  scope: "admin",
  id: "listAudit",
  tag: "audit",
  summary: "Who did what, the newest first",
  description: `At most the newest ${limits.auditLookMax} submits, and as many other events, of the range are looked at: \`isCut\` says when there are older ones.`,
  query: {
    type: { description: "Only this.", schema: { type: "string", enum: AUDIT_EVENT_TYPES } },
    actor: { description: "Only what this one did: name and id of a key.", schema: NAME },
    ...RANGE,
    limit: PAGE_LIMIT,
    offset: {
      description: "How many of the newest are skipped.",
      schema: { type: "integer", minimum: 0, maximum: limits.pageOffsetMax, default: 0 },
    },
    correlationId: {
      description:
        "All about this run, key, template or provider, the oldest first; goes with no other parameter.",
      schema: NAME,
    },
  },
  answers: { 200: { description: "The events.", json: "AuditPageBody" } },
  refusals: COMMON_REFUSALS,
};

export const countAuditRoute: RouteDescription = {
  method: "GET",
  path: "/v1/audit/counts",
  scope: "admin",
  id: "countAudit",
  tag: "audit",
  summary: "How many events of each type there were",
  query: RANGE,
  answers: { 200: { description: "The counts.", json: "AuditCountsBody" } },
  refusals: COMMON_REFUSALS,
};
