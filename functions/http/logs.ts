import { DomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import type { LogPageBody, LogVerdictBody } from "#core/domain/spec/api.ts";
import type { LogCursor, LogPage, RunReader } from "#core/ports/run-reader.ts";
import {
  acceptsEvents,
  answerEvents,
  type Look,
  lastEventId,
  readSwitch,
  type Waiting,
} from "./event-stream.ts";
import type { AppDeps, HttpContext } from "./http-env.ts";
import { openQuery, type Query } from "./query.ts";
import {
  placeBehind,
  renderCursor,
  renderLogBytes,
  renderLogPage,
  renderLogPiece,
  renderVerdict,
} from "./render.ts";
import { readRunId, requireRun } from "./run-of-path.ts";

export const WAIT_SECONDS_MAX = 20; // API Gateway gives up on an integration after 30 s
const LOOK_AGAIN_MS = 500;
const PIECES_MAX = 4096; // many tiny pieces weigh more in JSON than their bytes say

/**
 * GET /v1/runs/{id}/logs?cursor=&wait=&format=json|text&follow=
 *
 * A Lambda cannot stream for ever, so following is a long poll: with `wait` the answer comes as
 * soon as there is something new or nothing can come any more, at the latest after that many
 * seconds. `format=text` answers the bytes themselves, all streams in order, and says where to
 * read on in `Hodei-Next-Cursor` and `Hodei-Complete`. With `follow` and `Accept: text/event-stream` each
 * piece is a server-sent event.
 */
export async function readLogs(c: HttpContext, deps: AppDeps, waiting: Waiting): Promise<Response> {
  const { reader } = deps;
  const query = openQuery(c.req.url);
  const follow = readSwitch(query, "follow");
  const asEvents = follow && acceptsEvents(c);
  const after = readLogCursor(query, asEvents ? lastEventId(c, null) : null);
  const waitSeconds = query.number("wait", {
    min: 0,
    max: WAIT_SECONDS_MAX,
    fallback: follow ? WAIT_SECONDS_MAX : 0,
  });
  const format = query.one("format") ?? "json";
  if (format !== "json" && format !== "text") query.refuse("format", "must be json or text");
  query.close();
  const { id } = await requireRun(reader, readRunId(c));
  if (asEvents) return answerEvents(c, deps, waiting, lookAtLogs(reader, id, after));
  const waitMs = waitSeconds * 1000;
  const page = bounded(await nextPage(reader, id, after, waitMs, c.req.raw.signal, waiting));
  if (format === "json") return c.json<LogPageBody>(renderLogPage(page));
  return c.body(renderLogBytes(page), 200, {
    "content-type": "text/plain; charset=utf-8",
    "hodei-next-cursor": renderCursor(page.next),
    "hodei-complete": String(page.complete),
  });
}

/** GET /v1/runs/{id}/logs/verify: whether all of its output is stored. */
export async function verifyLogs(c: HttpContext, { reader }: AppDeps): Promise<Response> {
  openQuery(c.req.url).close();
  const id = readRunId(c);
  const verdict = await reader.verifyLogs(id);
  if (verdict === null) throw new DomainError("RunNotFound", `there is no run ${id}`);
  return c.json<LogVerdictBody>(renderVerdict(verdict));
}

async function nextPage(
  reader: RunReader,
  runId: string,
  after: LogCursor,
  waitMs: number,
  signal: AbortSignal,
  { now, pause }: Waiting,
): Promise<LogPage> {
  const until = now() + waitMs;
  for (;;) {
    const page = await reader.logs(runId, after, limits.logPageBytesMax);
    const leftMs = until - now();
    if (page.pieces.length > 0 || page.complete || leftMs <= 0 || signal.aborted) return page;
    await pause(Math.min(LOOK_AGAIN_MS, leftMs), signal);
  }
}

/** Cuts a page of very many pieces: the reader of it continues behind the last one it got. */
function bounded(page: LogPage): LogPage {
  const pieces = page.pieces.slice(0, PIECES_MAX);
  const last = pieces.at(-1);
  if (last === undefined || pieces.length === page.pieces.length) return page;
  return { pieces, next: placeBehind(last), complete: false };
}

/** Every piece once, with its place as id. */
function lookAtLogs(reader: RunReader, runId: string, start: LogCursor): () => Promise<Look> {
  let after = start;
  return async () => {
    const page = bounded(await reader.logs(runId, after, limits.logPageBytesMax));
    after = page.next;
    return {
      events: page.pieces.map((piece) => ({
        ...{ event: "log", id: renderCursor(placeBehind(piece)) },
        data: renderLogPiece(piece),
      })),
      more: page.pieces.length > 0,
      end: page.complete,
    };
  };
}

/** A reconnect's place beats that of the first call. */
function readLogCursor(query: Query, last: string | null): LogCursor {
  const first = query.one("cursor");
  const text = last ?? first;
  if (text === null) return { attempt: 0, seq: 0 };
  const match = /^(\d{1,9})\.(\d{1,15})$/.exec(text);
  if (match === null) query.refuse("cursor", "must be <attempt>.<seq>, as `next` says it");
  return { attempt: Number(match?.[1] ?? 0), seq: Number(match?.[2] ?? 0) };
}
