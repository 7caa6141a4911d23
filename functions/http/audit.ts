import { auditRange, auditType, isAuditName } from "#core/domain/audit/audit-question.ts";
import { limits } from "#core/domain/limits.ts";
import type {
  AuditCountsBody,
  AuditEventBody,
  AuditPageBody,
} from "#core/domain/spec/audit-api.ts";
import { parseInstant } from "#core/domain/spec/instant.ts";
import type { AuditEntry, AuditLog } from "#core/ports/audit-log.ts";
import type { HttpContext } from "./http-env.ts";
import { openQuery, type Query } from "./query.ts";
import { instant } from "./render.ts";

/** GET /v1/audit?type=&actor=&from=&until=&limit=&offset=, or ?correlationId= */
export async function listAudit(c: HttpContext, audit: AuditLog): Promise<Response> {
  const query = openQuery(c.req.url);
  const correlationId = readName(query, "correlationId");
  if (correlationId !== null) {
    query.close(); // beside it every other parameter is unknown
    const { entries, isCut } = await audit.trail(correlationId);
    const total = entries.length;
    return c.json<AuditPageBody>({ events: entries.map(render), total, hasMore: isCut, isCut });
  }
  const { pageItemsMax: max, pageItemsDefault: fallback, pageOffsetMax } = limits;
  const question = {
    type: auditType(query.one("type"), { type: "type", refuse: query.refuse }),
    actor: readName(query, "actor"),
    ...readRange(query),
    limit: query.number("limit", { min: 1, max, fallback }),
    offset: query.number("offset", { min: 0, max: pageOffsetMax, fallback: 0 }),
  };
  query.close();
  const { entries, total, isCut } = await audit.page(question);
  const hasMore = question.offset + entries.length < total;
  return c.json<AuditPageBody>({ events: entries.map(render), total, hasMore, isCut });
}

/** GET /v1/audit/counts?from=&until= */
export async function countAudit(c: HttpContext, audit: AuditLog): Promise<Response> {
  const query = openQuery(c.req.url);
  const range = readRange(query);
  query.close();
  const { counts, isCut } = await audit.counts(range);
  return c.json<AuditCountsBody>({
    counts: Object.fromEntries(counts.map(({ type, count }) => [type, count])),
    total: counts.reduce((sum, { count }) => sum + count, 0),
    isCut,
  });
}

const render = ({ at, subject: correlationId, ...entry }: AuditEntry): AuditEventBody => ({
  ...{ id: entry.id, at: instant(at), type: entry.type, actor: entry.actor },
  ...{ correlationId, payload: entry.payload },
});

const readRange = (query: Query) =>
  auditRange(
    { from: readInstant(query, "from"), until: readInstant(query, "until") },
    { until: "until", refuse: query.refuse },
  );

function readInstant(query: Query, name: string): number | null {
  const text = query.one(name);
  if (text === null) return null;
  const parsed = parseInstant(text);
  if (parsed === null) query.refuse(name, "must be an instant such as 2026-01-31T12:00:00Z");
  return parsed === null ? null : Date.parse(parsed);
}

function readName(query: Query, name: string): string | null {
  const text = query.one(name);
  if (text === null || isAuditName(text)) return text;
  query.refuse(name, `must be 1 to ${limits.auditNameCharsMax} characters`);
  return null;
}
