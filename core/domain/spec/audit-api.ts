/** What the HTTP API says about who did what. Instants are RFC 3339 text in UTC. */
export { AUDIT_EVENT_TYPES, type AuditEventType } from "../audit/audit-event.ts";

export interface AuditEventBody {
  readonly id: string;
  readonly at: string;
  /** What somebody did; of a run that is asked for by its id, also what it did by itself. */
  readonly type: string;
  /** Name and id of the API key; `local` = nobody was asked for one; null = it came by itself. */
  readonly actor: string | null;
  /** Id of the run, key, template or provider, or `scheduler`. */
  readonly correlationId: string;
  /** What changed: never a secret or the value of a parameter. */
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface AuditPageBody {
  readonly events: readonly AuditEventBody[];
  /** Of all that match, not only of this page, among those that were looked at. */
  readonly total: number;
  /** There are more behind this page. */
  readonly hasMore: boolean;
  /** Older ones were not looked at: ask for a time before. */
  readonly isCut: boolean;
}

export interface AuditCountsBody {
  /** By type; those without any are left out. */
  readonly counts: Readonly<Record<string, number>>;
  readonly total: number;
  /** Older ones were not looked at. */
  readonly isCut: boolean;
}
