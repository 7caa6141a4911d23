import { NOBODY_ASKED } from "#core/domain/audit/audit-event.ts";
import { limits } from "#core/domain/limits.ts";
import { isUuid } from "#core/domain/spec/uuid.ts";
import type { AuditCounts, AuditEntry, AuditLog } from "#core/ports/audit-log.ts";
import { domainQuery } from "./domain-query.ts";
import { countAuditEvents, viewAuditPage, viewAuditTrail } from "./reads/audit.ts";
import type { SqlClient } from "./sql-client.ts";

const NOTHING: AuditCounts = { counts: [], isCut: false };

/** The audit log over either driver. `max`: how many of each half one look reads. */
export function createAuditLog(sql: SqlClient, max: number = limits.auditLookMax): AuditLog {
  const query = domainQuery(sql);
  const bounds = { nobody: NOBODY_ASKED, max };
  return {
    page: async ({ limit, offset, ...criteria }) => {
      const matching = { ...criteria, ...bounds };
      const entries = await query<AuditEntry>(viewAuditPage, { ...matching, limit, offset });
      const [counted = NOTHING] = await query<AuditCounts>(countAuditEvents, matching);
      const total = counted.counts.reduce((sum, { count }) => sum + count, 0);
      return { entries, total, isCut: counted.isCut };
    },
    trail: async (subject) => {
      const trailMax = limits.auditTrailMax;
      const runId = isUuid(subject) ? subject.toLowerCase() : null;
      const parameters = { subject: runId ?? subject, runId, nobody: NOBODY_ASKED };
      const found = await query<AuditEntry>(viewAuditTrail, { ...parameters, limit: trailMax + 1 });
      return { entries: found.slice(0, trailMax), isCut: found.length > trailMax };
    },
    counts: async ({ from, until }) => {
      const criteria = { from, until, type: null, actor: null };
      return (await query<AuditCounts>(countAuditEvents, { ...criteria, ...bounds }))[0] ?? NOTHING;
    },
  };
}
