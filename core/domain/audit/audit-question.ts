import { limits } from "../limits.ts";
import { AUDIT_EVENT_TYPES, type AuditEventType, isAuditEventType } from "./audit-event.ts";

/** Instants are epoch milliseconds; null = without that criterion. */
export interface AuditRange {
  readonly from: number | null;
  /** Events before it. */
  readonly until: number | null;
}

export interface AuditQuestion extends AuditRange {
  readonly type: AuditEventType | null;
  /** As a whole. */
  readonly actor: string | null;
  readonly limit: number;
  readonly offset: number;
}

/** Names of the fields as their door has them, and how it refuses one. */
export interface AuditFields {
  readonly type: string;
  readonly until: string;
  readonly refuse: (path: string, message: string) => void;
}

/** A known type of event, or null; any other text is refused: it would find nothing, silently. */
export function auditType(
  text: string | null,
  { type, refuse }: Pick<AuditFields, "type" | "refuse">,
): AuditEventType | null {
  if (text === null || isAuditEventType(text)) return text;
  refuse(type, `must be one of ${AUDIT_EVENT_TYPES.join(", ")}`);
  return null;
}

/** The range, which must not end before it begins. */
export function auditRange(
  range: AuditRange,
  { until: path, refuse }: Pick<AuditFields, "until" | "refuse">,
): AuditRange {
  const { from, until } = range;
  if (from !== null && until !== null && until < from) refuse(path, "must not be before the start");
  return range;
}

/** Whether a text can name somebody or something that is recorded. */
export const isAuditName = (text: string): boolean =>
  text !== "" && text.length <= limits.auditNameCharsMax && !text.includes("\u0000");
