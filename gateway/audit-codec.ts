import {
  type AuditQuestion,
  type AuditRange,
  auditRange,
  auditType,
  isAuditName,
} from "#core/domain/audit/audit-question.ts";
import { limits } from "#core/domain/limits.ts";
import type { AuditEntry } from "#core/ports/audit-log.ts";
import type {
  AuditLogEntry,
  GetAuditLogsRequest,
  GetEventCountsRequest,
} from "#proto/hodei/audit.ts";
import { invalidField } from "./wire-values.ts";

const refuse = (path: string, message: string): never => {
  throw invalidField(path, message, message);
};

/** What a request asks of the log. Throws InvalidRequest naming the field. */
export function auditQuestion(request: GetAuditLogsRequest): AuditQuestion {
  const { eventType, actor, limit, offset } = request;
  const { pageItemsMax, pageItemsDefault, pageOffsetMax } = limits;
  if (limit < 0 || limit > pageItemsMax) refuse("limit", `must be from 0 to ${pageItemsMax}`);
  if (offset < 0 || offset > pageOffsetMax) refuse("offset", `must be from 0 to ${pageOffsetMax}`);
  return {
    type: auditType(eventType || null, { type: "event_type", refuse }),
    actor: actor ? auditName(actor, "actor") : null,
    ...wireRange(request),
    limit: limit === 0 ? pageItemsDefault : limit,
    offset,
  };
}

/** Throws InvalidRequest for an end before the start, and for what no clock can show. */
export const wireRange = ({ startTime, endTime }: GetEventCountsRequest): AuditRange =>
  auditRange(
    { from: instantOf(startTime, "start_time"), until: instantOf(endTime, "end_time") },
    { until: "end_time", refuse },
  );

/** Who, or what, is asked for. Throws InvalidRequest naming the field. */
export function auditName(text: string, path: string): string {
  if (!isAuditName(text)) refuse(path, `must be 1 to ${limits.auditNameCharsMax} characters`);
  return text;
}

const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

function instantOf(at: Date | undefined, path: string): number | null {
  if (at === undefined) return null;
  const ms = at.getTime();
  if (ms >= 0 && ms <= LAST_MS) return ms;
  return refuse(path, "must be an instant from 1970 to 9999");
}

export const auditLogEntry = (entry: AuditEntry): AuditLogEntry => ({
  id: entry.id,
  correlationId: entry.subject,
  eventType: entry.type,
  payloadJson: JSON.stringify(entry.payload),
  occurredAt: new Date(entry.at),
  actor: entry.actor ?? undefined,
});
