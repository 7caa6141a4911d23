import type { SubmitOutcome } from "#core/application/operations.ts";
import { DomainError } from "#core/domain/errors.ts";
import { isFinal, RUN_PHASES, type RunPhase } from "#core/domain/job-run/phase.ts";
import { limits } from "#core/domain/limits.ts";
import type {
  AttemptListBody,
  CancelBody,
  EventListBody,
  RunBody,
  RunListBody,
} from "#core/domain/spec/api.ts";
import { parseIdempotencyKey } from "#core/domain/spec/idempotency-key.ts";
import { isLabelKey, isLabelValue } from "#core/domain/spec/kubernetes-label.ts";
import { parseCancelRequest } from "./cancel-request.ts";
import { readSwitch, type Waiting } from "./event-stream.ts";
import { type AppDeps, callerOf, type HttpContext } from "./http-env.ts";
import { readJsonBody } from "./json-body.ts";
import { openQuery, type Query } from "./query.ts";
import { renderAttempt, renderEvent, renderRun, renderRunSummary } from "./render.ts";
import { readRunId, requireRun } from "./run-of-path.ts";
import { watchRun, watchRuns } from "./watch-runs.ts";

/** POST /v1/runs: 201 with a new run, 200 with the one that this idempotency key made before. */
export async function submitRun(c: HttpContext, { operations }: AppDeps): Promise<Response> {
  openQuery(c.req.url).close();
  const idempotencyKey = parseIdempotencyKey(idempotencyHeader(c));
  const spec = await readJsonBody(c.req.raw);
  if (spec === undefined) {
    throw new DomainError("InvalidRequest", "the body must be a run spec as JSON");
  }
  const submittedBy = callerOf(c);
  return answerSubmit(c, await operations.submitRun({ spec, idempotencyKey, submittedBy }));
}

/** 201 with a new run, 200 with one that was made before. */
export function answerSubmit(c: HttpContext, { run, created }: SubmitOutcome): Response {
  c.set("runId", run.id);
  c.header("location", `/v1/runs/${run.id}`);
  return c.json<RunBody>(renderRun(run), created ? 201 : 200);
}

/** GET /v1/runs?phase=&label=&limit=&cursor=&watch=&since= */
export async function listRuns(c: HttpContext, deps: AppDeps, waiting: Waiting): Promise<Response> {
  const query = openQuery(c.req.url);
  const { pageItemsMax: max, pageItemsDefault: fallback } = limits;
  const filter = {
    phases: readPhases(query),
    labels: readLabels(query),
    limit: query.number("limit", { min: 1, max, fallback }),
    cursor: readPageCursor(query),
  };
  const { watch, since } = readWatch(query);
  query.close();
  if (watch) return watchRuns(c, deps, waiting, { filter, since });
  const { runs, next } = await deps.reader.runs(filter);
  return c.json<RunListBody>({ runs: runs.map(renderRunSummary), next });
}

/** GET /v1/runs/{id}?watch=&since= */
export async function getRun(c: HttpContext, deps: AppDeps, waiting: Waiting): Promise<Response> {
  const query = openQuery(c.req.url);
  const { watch, since } = readWatch(query);
  query.close();
  const id = readRunId(c);
  if (watch) return watchRun(c, deps, waiting, { id, since });
  return c.json<RunBody>(renderRun(await requireRun(deps.reader, id)));
}

function readWatch(query: Query): { watch: boolean; since: string | null } {
  const [watch, since] = [readSwitch(query, "watch"), query.one("since")];
  if (since !== null && !watch) query.refuse("since", "goes with watch=1");
  return { watch, since };
}

/** GET /v1/runs/{id}/attempts */
export async function listAttempts(c: HttpContext, { reader }: AppDeps): Promise<Response> {
  openQuery(c.req.url).close();
  const { id } = await requireRun(reader, readRunId(c));
  const attempts = await reader.attempts(id);
  return c.json<AttemptListBody>({ attempts: attempts.map(renderAttempt) });
}

/** GET /v1/runs/{id}/events?since=&limit= */
export async function listEvents(c: HttpContext, { reader }: AppDeps): Promise<Response> {
  const query = openQuery(c.req.url);
  const { pageItemsMax: max, pageItemsDefault: fallback } = limits;
  const since = query.number("since", { min: 0, max: Number.MAX_SAFE_INTEGER, fallback: 0 });
  const limit = query.number("limit", { min: 1, max, fallback });
  query.close();
  const { id } = await requireRun(reader, readRunId(c));
  const events = await reader.events(id, since, limit);
  const next = events.at(-1)?.seq ?? since;
  return c.json<EventListBody>({ events: events.map(renderEvent), next });
}

/** POST /v1/runs/{id}/cancel: 200 when the run is final, 202 while its attempt is being stopped. */
export async function cancelRun(c: HttpContext, { operations }: AppDeps): Promise<Response> {
  openQuery(c.req.url).close();
  const id = readRunId(c);
  const { reason } = parseCancelRequest(await readJsonBody(c.req.raw));
  const { run, stopping } = await operations.cancelRun(id, reason, callerOf(c));
  return c.json<CancelBody>({ run: renderRun(run), stopping }, isFinal(run.phase) ? 200 : 202);
}

/** The Lambda adapter drops empty headers, so an empty key is looked for in the event itself. */
export const idempotencyHeader = (c: HttpContext): string | undefined =>
  c.req.header("idempotency-key") ?? c.env?.event?.headers?.["idempotency-key"];

export function readPhases(query: Query): RunPhase[] {
  const names = query.many("phase").flatMap((value) => value.split(","));
  const phases = RUN_PHASES.filter((phase) => names.includes(phase));
  if (names.some((name) => !RUN_PHASES.includes(name as RunPhase))) {
    query.refuse("phase", `must be among ${RUN_PHASES.join(", ")}`);
  }
  return phases;
}

/** `label=key=value`, each once; `whose`: what has them. */
export function readLabels(query: Query, whose = "run"): Record<string, string> {
  const labels = new Map<string, string>();
  for (const pair of query.many("label")) {
    const [key = "", ...rest] = pair.split("=");
    const value = rest.join("=");
    const wellFormed = rest.length > 0 && isLabelKey(key) && isLabelValue(value);
    if (!wellFormed) query.refuse("label", "must be key=value");
    else if ((labels.get(key) ?? value) !== value) {
      query.refuse("label", `no ${whose} has two values of ${key}`);
    } else labels.set(key, value);
  }
  if (labels.size > limits.labelEntriesMax) {
    query.refuse("label", `at most ${limits.labelEntriesMax} labels`);
  }
  return Object.fromEntries(labels);
}

function readPageCursor(query: Query): string | null {
  const cursor = query.one("cursor");
  if (cursor === null || /^[\w.~:=+/-]{1,512}$/.test(cursor)) return cursor;
  query.refuse("cursor", "must be the `next` of the page before");
  return null;
}
