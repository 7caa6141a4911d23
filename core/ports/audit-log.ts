import type { AuditQuestion, AuditRange } from "#core/domain/audit/audit-question.ts";

/** Something that somebody did, or that came of it. */
export interface AuditEntry {
  readonly id: string;
  /** Epoch ms of the database. */
  readonly at: number;
  /** Of `AUDIT_EVENT_TYPES`; in a trail also that of an event of the run. */
  readonly type: string;
  /** null = it came by itself. */
  readonly actor: string | null;
  /** Id of the run, key, template or provider, or `scheduler`. */
  readonly subject: string;
  /** What changed. No secret and no value of a parameter is in it. */
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  /** Of all that match, not only of this page, among those that were looked at. */
  readonly total: number;
  /** There are older ones in the range, which were not looked at. */
  readonly isCut: boolean;
}

export interface AuditTrail {
  readonly entries: readonly AuditEntry[];
  /** There are more. */
  readonly isCut: boolean;
}

export interface AuditCounts {
  readonly counts: readonly { readonly type: string; readonly count: number }[];
  /** As in a page. */
  readonly isCut: boolean;
}

/**
 * Who did what, and when. No method walks a long history whole: a page and the counts look at the newest
 * `auditLookMax` submits and as many other events within their range. Throws DomainError
 * StoreUnavailable when the database cannot be reached.
 */
export interface AuditLog {
  /** Newest first. */
  page(question: AuditQuestion): Promise<AuditPage>;
  /** Of one subject, oldest first; of a run also what it did by itself. At most `auditTrailMax`. */
  trail(subject: string): Promise<AuditTrail>;
  /** How many there were of each type, by name; types without any are left out. */
  counts(range: AuditRange): Promise<AuditCounts>;
}
