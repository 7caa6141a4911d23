import { TEMPLATE_STATUSES } from "#core/domain/spec/template-api.ts";
import {
  type AnswerDescription,
  COMMON_REFUSALS,
  IDEMPOTENCY_KEY,
  PAGE_LIMIT,
  type ParameterDescription,
  type RouteDescription,
} from "./route-description.ts";
import { VERSION_FORM } from "./template-fields.ts";

export const TEMPLATE_REFERENCE = {
  reference: { description: "Name or id of the template.", schema: { type: "string" } },
};

/** Of pages that go down the numbers of a template's versions or runs. */
export const NUMBERED_PAGE = {
  limit: PAGE_LIMIT,
  cursor: {
    description: "The `next` of the page before.",
    schema: { type: "integer", minimum: 0, maximum: 2 ** 31 - 1, default: 0 },
  },
};

const ETAG = {
  ETag: {
    description: "The version that is shown, in quotes.",
    schema: { type: "string", pattern: '^"\\d+"$' },
  },
};

const IF_MATCH: Readonly<Record<string, ParameterDescription>> = {
  "If-Match": {
    description: "The ETag that the caller knows; `*` = any. Another version is refused.",
    schema: { type: "string", pattern: '^(\\*|"\\d{1,10}")$' },
  },
};

const theTemplate = (
  description: string,
  headers: Readonly<Record<string, ParameterDescription>> = {},
): AnswerDescription => ({ description, json: "TemplateBody", headers: { ...ETAG, ...headers } });

const LOCATION = {
  location: {
    description: "Where the template is.",
    schema: { type: "string", pattern: "^/v1/templates/" },
  },
};

export const createTemplateRoute: RouteDescription = {
  method: "POST",
  path: "/v1/templates",
  scope: "admin",
  id: "createTemplate",
  tag: "templates",
  summary: "Make a template",
  headers: IDEMPOTENCY_KEY,
  body: { required: true, schema: "TemplateInput" },
  answers: {
    200: theTemplate("The template that this key made before.", LOCATION),
    201: theTemplate("The new template.", LOCATION),
  },
  refusals: [
    ...COMMON_REFUSALS,
    ...(["InvalidSpec", "SpecTooLarge", "Unplaceable", "TemplateExists"] as const),
    "IdempotencyConflict",
  ],
};

export const listTemplatesRoute: RouteDescription = {
  method: "GET",
  path: "/v1/templates",
  scope: "read",
  id: "listTemplates",
  tag: "templates",
  summary: "A page of templates by name",
  query: {
    status: {
      description: "Only templates of one of these statuses; may also be separated by commas.",
      schema: { type: "array", items: { type: "string", enum: TEMPLATE_STATUSES } },
    },
    label: {
      description: "Only templates that have all of these labels, each `key=value`.",
      schema: { type: "array", items: { type: "string", pattern: "=" } },
    },
    limit: PAGE_LIMIT,
    cursor: { description: "The `next` of the page before.", schema: { type: "string" } },
  },
  answers: { 200: { description: "The page.", json: "TemplateListBody" } },
  refusals: COMMON_REFUSALS,
};

export const getTemplateRoute: RouteDescription = {
  method: "GET",
  path: "/v1/templates/:reference",
  scope: "read",
  id: "getTemplate",
  tag: "templates",
  summary: "One template",
  pathParameters: TEMPLATE_REFERENCE,
  query: {
    version: {
      description: "One of its versions; 0 = the newest.",
      schema: { ...VERSION_FORM, minimum: 0, default: 0 },
    },
  },
  answers: { 200: theTemplate("The template at this version.") },
  refusals: [...COMMON_REFUSALS, "TemplateNotFound"],
};

const CHANGE_REFUSALS = [
  ...COMMON_REFUSALS,
  ...(["TemplateNotFound", "TemplateNotActive", "Conflict"] as const),
];

export const changeTemplateRoute: RouteDescription = {
  method: "PATCH",
  path: "/v1/templates/:reference",
  scope: "admin",
  id: "changeTemplate",
  tag: "templates",
  summary: "Make the next version of a template",
  description: "Fields that are left out stay. A change that changes nothing makes no version.",
  pathParameters: TEMPLATE_REFERENCE,
  headers: IF_MATCH,
  body: { required: true, schema: "TemplateChange" },
  answers: { 200: theTemplate("The template as it is now.") },
  refusals: [...CHANGE_REFUSALS, "InvalidSpec", "SpecTooLarge", "Unplaceable"],
};

export const archiveTemplateRoute: RouteDescription = {
  method: "DELETE",
  path: "/v1/templates/:reference",
  scope: "admin",
  id: "archiveTemplate",
  tag: "templates",
  summary: "Archive a template",
  description: "It is read-only for ever, and its name is free for another one.",
  pathParameters: TEMPLATE_REFERENCE,
  headers: IF_MATCH,
  answers: { 200: theTemplate("The archived template.") },
  refusals: CHANGE_REFUSALS,
};

export const listVersionsRoute: RouteDescription = {
  method: "GET",
  path: "/v1/templates/:reference/versions",
  scope: "read",
  id: "listTemplateVersions",
  tag: "templates",
  summary: "The versions of a template, newest first",
  pathParameters: TEMPLATE_REFERENCE,
  query: NUMBERED_PAGE,
  answers: { 200: { description: "The page.", json: "TemplateVersionListBody" } },
  refusals: [...COMMON_REFUSALS, "TemplateNotFound"],
};

export const enableTemplateRoute: RouteDescription = {
  method: "POST",
  path: "/v1/templates/:reference/enable",
  scope: "admin",
  id: "enableTemplate",
  tag: "templates",
  summary: "Let a template take new runs again",
  pathParameters: TEMPLATE_REFERENCE,
  headers: IF_MATCH,
  answers: { 200: theTemplate("The active template.") },
  refusals: CHANGE_REFUSALS,
};

export const disableTemplateRoute: RouteDescription = {
  method: "POST",
  path: "/v1/templates/:reference/disable",
  scope: "admin",
  id: "disableTemplate",
  tag: "templates",
  summary: "Let a template take no new runs",
  pathParameters: TEMPLATE_REFERENCE,
  headers: IF_MATCH,
  answers: { 200: theTemplate("The disabled template.") },
  refusals: CHANGE_REFUSALS,
};

export const readStatsRoute: RouteDescription = {
  method: "GET",
  path: "/v1/templates/:reference/stats",
  scope: "read",
  id: "readTemplateStats",
  tag: "templates",
  summary: "How the runs of a template ended, and how long they took",
  pathParameters: TEMPLATE_REFERENCE,
  answers: { 200: { description: "Counted now.", json: "TemplateStatsBody" } },
  refusals: [...COMMON_REFUSALS, "TemplateNotFound"],
};
