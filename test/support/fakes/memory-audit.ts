import { limits } from "#core/domain/limits.ts";
import type { AuditEntry, AuditLog } from "#core/ports/audit-log.ts";

/** An audit log in memory: `entries` is what a test says happened, the newest first. */
export interface MemoryAudit extends AuditLog {
  readonly entries: AuditEntry[];
}

export function createMemoryAudit(): MemoryAudit {
  const entries: AuditEntry[] = [];
  const within = (from: number | null, until: number | null) =>
    entries.filter(
      ({ at }) =>
        at >= (from ?? Number.NEGATIVE_INFINITY) && at < (until ?? Number.POSITIVE_INFINITY),
    );
  return {
    entries,
    page: async ({ type, actor, from, until, limit, offset }) => {
      const matching = within(from, until)
        .filter((entry) => type === null || entry.type === type)
        .filter((entry) => actor === null || entry.actor === actor);
      const page = matching.slice(offset, offset + limit);
      return { entries: page, total: matching.length, isCut: false };
    },
    trail: async (subject) => {
      const found = entries.filter((entry) => entry.subject === subject).reverse();
      const max = limits.auditTrailMax;
      return { entries: found.slice(0, max), isCut: found.length > max };
    },
    counts: async ({ from, until }) => {
      const byType = Map.groupBy(within(from, until), ({ type }) => type);
      const counts = [...byType].map(([type, some]) => ({ type, count: some.length }));
      return { counts: counts.sort((a, b) => (a.type < b.type ? -1 : 1)), isCut: false };
    },
  };
}
