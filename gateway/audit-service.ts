import type { AuditServiceServer } from "#proto/hodei/audit.ts";
import { auditLogEntry, auditName, auditQuestion, wireRange } from "./audit-codec.ts";
import type { Hub } from "./hub.ts";
import { unary } from "./unary.ts";

/** AuditService: who did what, and when. */
export function auditService(hub: Hub): AuditServiceServer {
  const { log, audit } = hub.deps;
  return {
    getAuditLogs: unary(log, async (request) => {
      const question = auditQuestion(request);
      const { entries, total } = await audit.page(question);
      const hasMore = question.offset + entries.length < total;
      return { logs: entries.map(auditLogEntry), totalCount: total, hasMore };
    }),
    getAuditLogsByCorrelation: unary(log, async ({ correlationId }) => {
      const { entries, isCut } = await audit.trail(auditName(correlationId, "correlation_id"));
      return { logs: entries.map(auditLogEntry), totalCount: entries.length, hasMore: isCut };
    }),
    getEventCounts: unary(log, async (request) => {
      const { counts } = await audit.counts(wireRange(request));
      return {
        counts: counts.map(({ type, count }) => ({ eventType: type, count })),
        totalEvents: counts.reduce((sum, { count }) => sum + count, 0),
      };
    }),
  };
}
