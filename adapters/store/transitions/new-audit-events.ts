/**
 * Records what somebody did, in the statement that does it: neither can be without the other. `rows`: a
 * select of at, type, actor, subject, payload from what was really changed. Never a secret, the value of
 * a parameter, or what an owner wrote down beside it.
 */
export const newAuditEvents = (rows: string): string => `new_audit_event as (
    insert into hodei.audit_event (at, type, actor, subject, payload)
    ${rows}
  )`;
