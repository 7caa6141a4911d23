import { limits } from "#core/domain/limits.ts";
import type { LogPageBody } from "#core/domain/spec/api.ts";
import type { LogCursor, LogPage, RunReader } from "#core/ports/run-reader.ts";
import type { AppDeps, HttpContext } from "./http-env.ts";
import { openQuery, type Query } from "./query.ts";
import { renderCursor, renderLogBytes, renderLogPage } from "./render.ts";
import { readRunId, requireRun } from "./runs.ts";

export const WAIT_SECONDS_MAX = 20; // API Gateway gives up on an integration after 30 s
const LOOK_AGAIN_MS = 500;
const PIECES_MAX = 4096; // many tiny pieces weigh more in JSON than their bytes say

/** The two effects of waiting. */
export interface Waiting {
  readonly now: () => number;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * GET /v1/runs/{id}/logs?cursor=&wait=&format=json|text
 *
 * A Lambda cannot stream for ever, so following is a long poll: with `wait` the answer comes as
 * soon as there is something new or nothing can come any more, at the latest after that many
 * seconds. `format=text` answers the bytes themselves, all streams in order, and says where to
 * read on in `Hodei-Next-Cursor` and `Hodei-Complete`.
 */
export async function readLogs(
  c: HttpContext,
  { reader }: AppDeps,
  waiting: Waiting,
): Promise<Response> {
  const query = openQuery(c.req.url);
  const after = readLogCursor(query);
  const waitSeconds = query.number("wait", { min: 0, max: WAIT_SECONDS_MAX, fallback: 0 });
  const format = query.one("format") ?? "json";
  if (format !== "json" && format !== "text") query.refuse("format", "must be json or text");
  query.close();
  const { id } = await requireRun(reader, readRunId(c));
  const waitMs = waitSeconds * 1000;
  const page = bounded(await nextPage(reader, id, after, waitMs, c.req.raw.signal, waiting));
  if (format === "json") return c.json<LogPageBody>(renderLogPage(page));
  return c.body(renderLogBytes(page), 200, {
    "content-type": "text/plain; charset=utf-8",
    "hodei-next-cursor": renderCursor(page.next),
    "hodei-complete": String(page.complete),
  });
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
  return { pieces, next: { attempt: last.attempt, seq: last.seq }, complete: false };
}

function readLogCursor(query: Query): LogCursor {
  const text = query.one("cursor");
  if (text === null) return { attempt: 0, seq: 0 };
  const match = /^(\d{1,9})\.(\d{1,15})$/.exec(text);
  if (match === null) query.refuse("cursor", "must be <attempt>.<seq>, as `next` says it");
  return { attempt: Number(match?.[1] ?? 0), seq: Number(match?.[2] ?? 0) };
}
