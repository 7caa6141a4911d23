/** What people do that is recorded: administrative changes, and what they do to runs. */
export const AUDIT_EVENT_TYPES = [
  "ApiKeyCreated",
  "ApiKeyRevoked",
  "TemplateCreated",
  "TemplateChanged",
  "TemplateEnabled",
  "TemplateDisabled",
  "TemplateArchived",
  "ScheduleCreated",
  "ScheduleChanged",
  "ScheduleEnabled",
  "ScheduleDisabled",
  "ScheduleDeleted",
  "SchedulerConfigured",
  "ProviderRegistered",
  "ProviderChanged",
  "ProviderDeleted",
  "RunSubmitted",
  "RunCancelRequested",
  "RunPriorityChanged",
  "RunSuspended",
  "RunResumed",
  "RunAssignedByHand",
  "RunStartedByHand",
  "RunEndedByHand",
] as const;
export type AuditEventType = (typeof AUDIT_EVENT_TYPES)[number];

export const isAuditEventType = (text: string): text is AuditEventType =>
  AUDIT_EVENT_TYPES.some((type) => type === text);

/** Who acts where nobody is asked for a key: on a local stage, or with access to the database. */
export const NOBODY_ASKED = "local";

/** How the log names who acted. `by`: the label of the caller, null = nobody was asked. */
export const actorOf = (by: string | null): string => by ?? NOBODY_ASKED;
