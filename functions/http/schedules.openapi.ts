import { limits } from "#core/domain/limits.ts";
import {
  COMMON_REFUSALS,
  IDEMPOTENCY_KEY,
  PAGE_LIMIT,
  type ParameterDescription,
  type RouteDescription,
  SUBMIT_ANSWERS,
} from "./route-description.ts";

const ALL = "/v1/schedules";
const ONE = `${ALL}/:reference`;
const REFERENCE = {
  reference: { description: "Name or id of the schedule.", schema: { type: "string" } },
};
const TEMPLATE: ParameterDescription = {
  description: "Only of this template, by name or id.",
  schema: { type: "string" },
};
const instant = (description: string): ParameterDescription => ({
  description,
  schema: { type: "string", format: "date-time" },
});
const NOT_FOUND = [...COMMON_REFUSALS, "ScheduleNotFound"] as const;
const theSchedule = (description: string) => ({ description, json: "ScheduleBody" });
const LOCATION = {
  location: {
    description: "Where the schedule is.",
    schema: { type: "string", pattern: "^/v1/schedules/" },
  },
};

export const createScheduleRoute: RouteDescription = {
  method: "POST",
  path: ALL,
  scope: "submit",
  id: "createSchedule",
  tag: "schedules",
  summary: "Run a template by the clock",
  headers: IDEMPOTENCY_KEY,
  body: { required: true, schema: "ScheduleInput" },
  answers: {
    200: { ...theSchedule("The schedule that this key made before."), headers: LOCATION },
    201: { ...theSchedule("The new schedule, enabled."), headers: LOCATION },
  },
  refusals: [
    ...COMMON_REFUSALS,
    ...(["InvalidSpec", "SpecTooLarge", "TemplateNotFound", "TemplateNotActive"] as const),
    ...(["ScheduleExists", "Conflict"] as const),
  ],
};

export const listSchedulesRoute: RouteDescription = {
  method: "GET",
  path: ALL,
  scope: "read",
  id: "listSchedules",
  tag: "schedules",
  summary: "A page of schedules by name",
  query: {
    template: TEMPLATE,
    enabled: {
      description: "Only those that are enabled, or are not.",
      schema: { type: "boolean" },
    },
    limit: PAGE_LIMIT,
    cursor: { description: "The `next` of the page before.", schema: { type: "string" } },
  },
  answers: { 200: { description: "The page.", json: "ScheduleListBody" } },
  refusals: [...COMMON_REFUSALS, "TemplateNotFound"],
};

export const getScheduleRoute: RouteDescription = {
  method: "GET",
  path: ONE,
  scope: "read",
  id: "getSchedule",
  tag: "schedules",
  summary: "One schedule",
  pathParameters: REFERENCE,
  answers: { 200: theSchedule("The schedule.") },
  refusals: NOT_FOUND,
};

export const changeScheduleRoute: RouteDescription = {
  method: "PATCH",
  path: ONE,
  scope: "submit",
  id: "changeSchedule",
  tag: "schedules",
  summary: "Change a schedule",
  description:
    "Fields that are left out stay; `parameters` are replaced as a whole, secret ones too. The next time is reckoned anew from now.",
  pathParameters: REFERENCE,
  body: { required: true, schema: "ScheduleChange" },
  answers: { 200: theSchedule("The schedule as it is now.") },
  refusals: [...NOT_FOUND, "InvalidSpec", "SpecTooLarge", "TemplateNotFound", "Conflict"],
};

export const deleteScheduleRoute: RouteDescription = {
  method: "DELETE",
  path: ONE,
  scope: "submit",
  id: "deleteSchedule",
  tag: "schedules",
  summary: "Forget a schedule",
  description: "What it ran stays.",
  pathParameters: REFERENCE,
  answers: { 200: { description: "What was there.", json: "DeletedScheduleBody" } },
  refusals: NOT_FOUND,
};

export const enableScheduleRoute: RouteDescription = {
  method: "POST",
  path: `${ONE}/enable`,
  scope: "submit",
  id: "enableSchedule",
  tag: "schedules",
  summary: "Put a schedule on the clock again",
  description: "Failures, and what was missed meanwhile, are forgotten.",
  pathParameters: REFERENCE,
  answers: { 200: theSchedule("The enabled schedule.") },
  refusals: [...NOT_FOUND, "InvalidSpec", "Conflict"],
};

export const disableScheduleRoute: RouteDescription = {
  method: "POST",
  path: `${ONE}/disable`,
  scope: "submit",
  id: "disableSchedule",
  tag: "schedules",
  summary: "Take a schedule off the clock",
  description: "Its runs go on.",
  pathParameters: REFERENCE,
  answers: { 200: theSchedule("The schedule, which says who disabled it.") },
  refusals: [...NOT_FOUND, "Conflict"],
};

export const triggerScheduleRoute: RouteDescription = {
  method: "POST",
  path: `${ONE}/trigger`,
  scope: "submit",
  id: "triggerSchedule",
  tag: "schedules",
  summary: "Run a schedule once now",
  description:
    "Enabled or not; the times of the clock stay. Its overlap policy holds: `Forbid` refuses while a run of it is not over.",
  pathParameters: REFERENCE,
  headers: IDEMPOTENCY_KEY,
  answers: SUBMIT_ANSWERS,
  refusals: [
    ...NOT_FOUND,
    ...(["TemplateNotFound", "TemplateNotActive", "Conflict", "Unplaceable"] as const),
    ...(["IdempotencyConflict", "QueueFull", "SpecTooLarge"] as const),
  ],
};

export const listUpcomingRoute: RouteDescription = {
  method: "GET",
  path: `${ALL}/upcoming`,
  scope: "read",
  id: "listUpcoming",
  tag: "schedules",
  summary: "When enabled schedules are due, soonest first",
  query: {
    from: instant("From this instant, as long as it is not past; absent = from now."),
    to: instant(`Until this instant, ${limits.upcomingDaysMax} days at most.`),
    template: TEMPLATE,
    limit: PAGE_LIMIT,
  },
  answers: { 200: { description: "What the clock will do.", json: "UpcomingBody" } },
  refusals: [...COMMON_REFUSALS, "TemplateNotFound"],
};

export const checkCronRoute: RouteDescription = {
  method: "GET",
  path: `${ALL}/check`,
  scope: "read",
  id: "checkCron",
  tag: "schedules",
  summary: "Whether a cron expression is valid, and its next ten times",
  query: {
    cron: { description: "The expression.", schema: { type: "string" } },
    timezone: {
      description: "A name of the time zone database; absent = UTC.",
      schema: { type: "string" },
    },
  },
  answers: {
    200: { description: "One that is not valid is an answer too.", json: "CronCheckBody" },
  },
  refusals: COMMON_REFUSALS,
};
