import type { ClientAnswer, LogView, RunView, What } from "./entry.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * A `fetch` that records what is asked and what comes back, also that nothing came. Answers in JSON
 * are read to their end before they are handed on; streams pass unread.
 */
export function recordedFetch(add: (what: What) => void, send: typeof fetch = fetch): typeof fetch {
  let calls = 0;
  return async (input, init) => {
    const request = new Request(input, init);
    calls += 1;
    const call = calls;
    const { method } = request;
    const path = new URL(request.url).pathname;
    const keys = keysOf(request, path, await request.clone().text());
    add({ kind: "call", call, method, path, keys });
    try {
      const response = await send(request);
      const isJson = response.headers.get("content-type")?.includes("json") ?? false;
      const text = isJson ? await response.text() : null;
      const { status } = response;
      const body = text === null ? {} : (JSON.parse(text) as Json);
      add({ kind: "answer", call, status, ...said(body, { path, status, asks: keys.length > 0 }) });
      return text === null ? response : new Response(text, response);
    } catch (error) {
      add({ kind: "answer", call, status: null, ...NOTHING });
      throw error;
    }
  };
}

const NOTHING = { code: null, submitted: [], runs: [], log: null } as const;

const ONE_RUN = /^\/v1\/(runs|templates\/[^/]+\/runs|runs\/[^/]+\/rerun)$/;

function keysOf({ method, headers }: Request, path: string, text: string): (string | null)[] {
  if (method !== "POST") return [];
  if (ONE_RUN.test(path)) return [headers.get("idempotency-key")];
  if (path !== "/v1/runs/bulk") return [];
  const { runs = [] } = JSON.parse(text) as { runs?: readonly { idempotencyKey?: string }[] };
  return runs.map(({ idempotencyKey }) => idempotencyKey ?? null);
}

function said(
  body: Json,
  { path, status, asks }: { path: string; status: number; asks: boolean },
): Omit<ClientAnswer, "kind" | "call" | "status"> {
  if (status >= 400)
    return { ...NOTHING, code: typeof body.code === "string" ? body.code : "unknown" };
  const listed = Array.isArray(body.runs) ? (body.runs as Json[]) : [];
  const { run } = body;
  const one = isRun(body) ? [body as Json] : isRun(run) ? [run] : [];
  const submitted = one.length > 0 ? one : listed;
  return {
    code: null,
    submitted: asks ? submitted.map(({ id }) => (typeof id === "string" ? id : null)) : [],
    runs: [...one, ...listed.filter(isRun)].map(viewOf),
    log: Array.isArray(body.pieces) ? logOf(body, path) : null,
  };
}

const isRun = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && "phase" in value && "attempts" in value;

function viewOf(run: Json): RunView {
  const labels = run.labels as Readonly<Record<string, string>>;
  return {
    id: run.id as string,
    phase: run.phase as string,
    reason: run.reason as string | null,
    exitCode: run.exitCode as number | null,
    attempts: run.attempts as number,
    stopping: run.stopping as boolean,
    witness: labels.witness === "yes",
    lines: labels.lines === undefined ? null : Number(labels.lines),
  };
}

function logOf(body: Json, path: string): LogView {
  const pieces = body.pieces as { attempt: number; seq: number }[];
  return {
    runId: path.split("/")[3] ?? "",
    pieces: pieces.map(({ attempt, seq }) => ({ attempt, seq })),
    next: body.next as string,
    complete: body.complete as boolean,
  };
}
