import { NOBODY_ASKED } from "#core/domain/audit/audit-event.ts";
import { limits } from "#core/domain/limits.ts";
import { isUuid } from "#core/domain/spec/uuid.ts";
import type { AuditCounts, AuditEntry, AuditLog } from "#core/ports/audit-log.ts";
import { domainQuery } from "./domain-query.ts";
import { countAuditEvents, viewAuditPage, viewAuditTrail } from "./reads/audit.ts";
import type { SqlClient } from "./sql-client.ts";

const NOTHING: AuditCounts = { counts: [], isCut: false };

/** The audit log over either driver. */
export function createAuditLog(sql: SqlClient): AuditLog {
  const query = domainQuery(sql);
  const bounds = { nobody: NOBODY_ASKED, max: limits.auditLookMax };
  return {
    page: async ({ limit, offset, ...criteria }) => {
      const matching = { ...criteria, ...bounds };
      const entries = await query<AuditEntry>(viewAuditPage, { ...matching, limit, offset });
      const [counted = NOTHING] = await query<AuditCounts>(countAuditEvents, matching);
      const total = counted.counts.reduce((sum, { count }) => sum + count, 0);
      return { entries, total, isCut: counted.isCut };
    },
    trail: async (subject) => {
      const max = limits.auditTrailMax;
      const runId = isUuid(subject) ? subject.toLowerCase() : null;
      const parameters = { subject: runId ?? subject, runId, nobody: NOBODY_ASKED };
      const found = await query<AuditEntry>(viewAuditTrail, { ...parameters, limit: max + 1 });
      return { entries: found.slice(0, max), isCut: found.length > max };
    },
    counts: async ({ from, until }) => {
      const criteria = { from, until, type: null, actor: null };
      return (await query<AuditCounts>(countAuditEvents, { ...criteria, ...bounds }))[0] ?? NOTHING;
    },
  };
}
