import { findTemplate, findVersion } from "#core/application/find-template.ts";
import { isDomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import { parseIdempotencyKey } from "#core/domain/spec/idempotency-key.ts";
import {
  TEMPLATE_STATUSES,
  type TemplateBody,
  type TemplateListBody,
  type TemplateStatsBody,
  type TemplateStatus,
  type TemplateVersionListBody,
} from "#core/domain/spec/template-api.ts";
import type { TemplateView } from "#core/ports/template-store.ts";
import { type AppDeps, callerOf, type HttpContext } from "./http-env.ts";
import { readJsonBody } from "./json-body.ts";
import { HttpRefusal } from "./problem.ts";
import { openQuery, type Query } from "./query.ts";
import { renderTemplate, renderTemplateStats, renderTemplateSummary } from "./render-template.ts";
import { idempotencyHeader, readLabels } from "./runs.ts";
import { badField, readVersion } from "./template-fields.ts";

/** POST /v1/templates: 201 with a new template, 200 with the one that this key made before. */
export async function createTemplate(c: HttpContext, deps: AppDeps): Promise<Response> {
  openQuery(c.req.url).close();
  const idempotencyKey = parseIdempotencyKey(idempotencyHeader(c));
  const input = await readJsonBody(c.req.raw);
  if (input === undefined) throw badField("", "the body must be a template as JSON");
  const request = { input, idempotencyKey, createdBy: callerOf(c) };
  const { template, created } = await deps.templateOperations.create(request);
  c.header("location", `/v1/templates/${template.id}`);
  return answer(c, template, created ? 201 : 200);
}

/** GET /v1/templates?status=&label=&limit=&cursor= */
export async function listTemplates(c: HttpContext, { templates }: AppDeps): Promise<Response> {
  const query = openQuery(c.req.url);
  const { pageItemsMax: max, pageItemsDefault: fallback } = limits;
  const filter = {
    statuses: readStatuses(query),
    labels: readLabels(query),
    limit: query.number("limit", { min: 1, max, fallback }),
    after: readListCursor(query),
  };
  query.close();
  const found = await templates.templates(filter);
  const last = found.length === filter.limit ? found.at(-1) : undefined;
  const next = last ? `${last.name}_${last.id}` : null;
  return c.json<TemplateListBody>({ templates: found.map(renderTemplateSummary), next });
}

/** GET /v1/templates/{name or id}?version= */
export async function getTemplate(c: HttpContext, { templates }: AppDeps): Promise<Response> {
  const query = openQuery(c.req.url);
  const version = query.number("version", { min: 0, max: 2 ** 31 - 2, fallback: 0 });
  query.close();
  return answer(c, await findVersion(templates, referenceOf(c), version === 0 ? null : version));
}

/** PATCH /v1/templates/{name or id}: the next version, with what the body changes. */
export async function changeTemplate(c: HttpContext, deps: AppDeps): Promise<Response> {
  openQuery(c.req.url).close();
  const body = await readJsonBody(c.req.raw);
  const isMap = typeof body === "object" && body !== null && !Array.isArray(body);
  const { expectedVersion, ...input } = (isMap ? body : {}) as { expectedVersion?: unknown };
  const expected = expectedOf(c, readVersion("expectedVersion", expectedVersion));
  const request = {
    ...{ reference: referenceOf(c), input: isMap ? input : body },
    ...{ expectedVersion: expected, createdBy: callerOf(c) },
  };
  return answer(c, await ifMatched(c, () => deps.templateOperations.change(request)));
}

/** POST …/enable, POST …/disable, DELETE …: the same again is harmless. */
export const setStatus =
  (status: TemplateStatus) =>
  async (c: HttpContext, { templateOperations }: AppDeps): Promise<Response> => {
    openQuery(c.req.url).close();
    const expected = expectedOf(c, null);
    const by = callerOf(c);
    const change = () => templateOperations.setStatus(referenceOf(c), status, expected, by);
    return answer(c, await ifMatched(c, change));
  };

/** GET …/versions?limit=&cursor= */
export async function listVersions(c: HttpContext, { templates }: AppDeps): Promise<Response> {
  const query = openQuery(c.req.url);
  const { limit, before } = readNumberedPage(query);
  query.close();
  const { id } = await findTemplate(templates, referenceOf(c));
  const found = await templates.versions(id, before, limit);
  const last = found.length === limit ? found.at(-1) : undefined;
  const next = last && last.version > 1 ? String(last.version) : null;
  return c.json<TemplateVersionListBody>({ versions: found.map(renderTemplateSummary), next });
}

/** GET …/stats */
export async function readStats(c: HttpContext, { templates }: AppDeps): Promise<Response> {
  openQuery(c.req.url).close();
  const { id } = await findTemplate(templates, referenceOf(c));
  return c.json<TemplateStatsBody>(renderTemplateStats(await templates.stats(id)));
}

/** A page that ends before a number: `limit`, `cursor`. */
export function readNumberedPage(query: Query): { limit: number; before: number | null } {
  const { pageItemsMax: max, pageItemsDefault: fallback } = limits;
  const limit = query.number("limit", { min: 1, max, fallback });
  const before = query.number("cursor", { min: 0, max: 2 ** 31 - 1, fallback: 0 });
  return { limit, before: before === 0 ? null : before };
}

export const referenceOf = (c: HttpContext): string => c.req.param("reference") ?? "";

function answer(c: HttpContext, template: TemplateView, status: 200 | 201 = 200): Response {
  c.header("etag", `"${template.version}"`);
  return c.json<TemplateBody>(renderTemplate(template), status);
}

/** The version in `If-Match`, or else in the body. `*` is any. */
function expectedOf(c: HttpContext, inBody: number | null): number | null {
  const header = c.req.header("if-match");
  if (header === undefined || header === "*") return inBody;
  const [, digits] = /^"(\d{1,10})"$/.exec(header) ?? [];
  const version = readVersion("If-Match", digits === undefined ? header : Number(digits));
  if (inBody === null || inBody === version) return version;
  throw badField("expectedVersion", "differs from If-Match");
}

/** A conflict with `If-Match` has a status of its own. */
async function ifMatched<T>(c: HttpContext, change: () => Promise<T>): Promise<T> {
  try {
    return await change();
  } catch (error) {
    const isConflict = isDomainError(error) && error.code === "Conflict";
    if (!isConflict || c.req.header("if-match") === undefined) throw error;
    throw new HttpRefusal(412, error.code, error.message);
  }
}

function readStatuses(query: Query): TemplateStatus[] {
  const names = query.many("status").flatMap((value) => value.split(","));
  if (names.some((name) => !TEMPLATE_STATUSES.includes(name as TemplateStatus)))
    query.refuse("status", `must be among ${TEMPLATE_STATUSES.join(", ")}`);
  return TEMPLATE_STATUSES.filter((status) => names.includes(status));
}

const LIST_CURSOR = /^([a-z0-9.-]{1,253})_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

function readListCursor(query: Query): { name: string; id: string } | null {
  const cursor = query.one("cursor");
  if (cursor === null) return null;
  const [, name, id] = LIST_CURSOR.exec(cursor) ?? [];
  if (name && id) return { name, id };
  query.refuse("cursor", "must be the `next` of the page before");
  return null;
}
