import { DomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import { parseInstant } from "#core/domain/spec/instant.ts";
import type { UsageBody, UsagePointBody, UsageTotalBody } from "#core/domain/spec/usage-api.ts";
import { parseUuid } from "#core/domain/spec/uuid.ts";
import type { UsagePoint, UsageQuery, UsageTotal, UsageView } from "#core/ports/usage-store.ts";
import { answerEvents, type Look, lastEventId, readSwitch, type Waiting } from "./event-stream.ts";
import type { AppDeps, HttpContext } from "./http-env.ts";
import { openQuery, type Query } from "./query.ts";
import { instant } from "./render.ts";
import { readRunId } from "./run-of-path.ts";
import { badField } from "./template-fields.ts";

/** Attempts of a run have numbers up to here. */
export const ATTEMPT_MAX = 1_000_000;
/** What is gathered when a run ends is written by then. */
const SETTLED_MS = 2 * limits.usageWritePeriodMs;

type ReadUsage = (query: UsageQuery) => Promise<UsageView>;

/** GET /v1/runs/{id}/usage?attempt=&from=&to=&limit=&watch=&since= */
export async function readRunUsage(
  c: HttpContext,
  deps: AppDeps,
  waiting: Waiting,
): Promise<Response> {
  const id = readRunId(c);
  return answer(c, deps, waiting, async (query) => {
    const found = await deps.usage.ofRun(id, query);
    if (found) return found;
    throw new DomainError("RunNotFound", `run ${id} does not exist`);
  });
}

/** GET /v1/workers/{id}/usage?attempt=&from=&to=&limit=&watch=&since= */
export async function readWorkerUsage(
  c: HttpContext,
  deps: AppDeps,
  waiting: Waiting,
): Promise<Response> {
  const id = parseUuid("id", c.req.param("id") ?? "");
  return answer(c, deps, waiting, async (query) => {
    const found = await deps.usage.ofWorker(id, query);
    if (found) return found;
    throw new DomainError("WorkerNotFound", `worker ${id} does not exist`);
  });
}

async function answer(
  c: HttpContext,
  deps: AppDeps,
  waiting: Waiting,
  read: ReadUsage,
): Promise<Response> {
  const query = openQuery(c.req.url);
  const { pageItemsMax: max, pageItemsDefault: fallback } = limits;
  const attempt = query.number("attempt", { min: 1, max: ATTEMPT_MAX, fallback: 0 });
  const question: UsageQuery = {
    attempt: attempt === 0 ? null : attempt,
    ...{ from: readInstant(query, "from"), to: readInstant(query, "to") },
    limit: query.number("limit", { min: 1, max, fallback }),
  };
  const [watch, since] = [readSwitch(query, "watch"), query.one("since")];
  if (since !== null && !watch) query.refuse("since", "goes with watch=1");
  if (question.from !== null && question.to !== null && question.to < question.from)
    query.refuse("to", "is before from");
  query.close();
  if (watch) return watchUsage(c, deps, waiting, { question, since }, read);
  const { total, isCut, points } = await read(question);
  return c.json<UsageBody>({
    total: total && renderTotal(total),
    isCut,
    points: points.map(renderPoint),
  });
}

/**
 * Points as server-sent events, each again when it grew: its run, attempt and `at` say which it is. The id is
 * the instant of the newest report. `end` follows when the run or worker is over and all of it is written.
 */
async function watchUsage(
  c: HttpContext,
  deps: AppDeps,
  waiting: Waiting,
  { question, since }: { readonly question: UsageQuery; readonly since: string | null },
  read: ReadUsage,
): Promise<Response> {
  let from = readLast(lastEventId(c, since)) ?? question.from;
  return answerEvents(c, deps, waiting, async (): Promise<Look> => {
    const { now, endedAt, points } = await read({ ...question, from });
    const newest = Math.max(...points.map(({ lastAt }) => lastAt), 0);
    if (points.length > 0) from = newest + 1;
    const events = points.map((point) => ({
      ...{ event: "usage", id: String(point.lastAt), data: renderPoint(point) },
    }));
    const isOver = question.to !== null && question.to < now - SETTLED_MS;
    const hasEnded = endedAt !== null && endedAt < now - SETTLED_MS;
    return { events, end: isOver || hasEnded };
  });
}

function readInstant(query: Query, name: string): number | null {
  const text = query.one(name);
  const parsed = text === null ? null : parseInstant(text);
  if (text !== null && parsed === null)
    query.refuse(name, "must be an RFC 3339 instant such as 2026-01-31T12:00:00Z");
  return parsed === null ? null : Date.parse(parsed);
}

/** Behind which report to go on. */
function readLast(text: string | null): number | null {
  if (text === null) return null;
  if (/^\d{1,15}$/.test(text)) return Number(text) + 1;
  throw badField("since", "must be the id of an event");
}

const renderPoint = (point: UsagePoint): UsagePointBody => ({
  ...point,
  at: instant(point.at),
  lastAt: instant(point.lastAt),
});

const renderTotal = (total: UsageTotal): UsageTotalBody => ({
  ...total,
  firstAt: instant(total.firstAt),
  lastAt: instant(total.lastAt),
});
