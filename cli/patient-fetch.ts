import { setTimeout as sleep } from "node:timers/promises";
import { type ApiProblem, problemOf } from "./api-problem.ts";
import { CliError } from "./cli-error.ts";

const RETRY_FIRST_MS = 200;
const RETRY_MAX_MS = 5_000;

export interface Patience {
  readonly address: URL;
  /** Ends every call. */
  readonly signal: AbortSignal;
  /** How long one answer may take, to its last byte. */
  readonly answerWithinMs: number;
  /** How long a failure that can pass is tried again. */
  readonly patienceMs: number;
  /** true: not even a server that is not there is given up before. */
  readonly waitsForServer: boolean;
  /** true: a good answer is handed over as it comes, within `answerWithinMs` altogether. */
  readonly streams?: boolean;
  /** What sends; absent = Node's own. */
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * `fetch` for calls that may be repeated: every failure that can pass is tried again for a while.
 * It answers only with an answer of the 2xx, whole unless it streams. Throws ApiProblem when the API refuses,
 * CliError when it is not there.
 */
export function patientFetch(patience: Patience): (request: Request) => Promise<Response> {
  return async (request) => {
    const body = request.method === "GET" ? null : await request.text();
    const startedAt = performance.now();
    for (let delayMs = RETRY_FIRST_MS; ; delayMs = Math.min(delayMs * 2, RETRY_MAX_MS)) {
      const outcome = await fetchOnce(patience, request, body);
      if (outcome instanceof Response) return outcome;
      const waitMs = Math.max(outcome.retryAfterMs, delayMs * (0.5 + Math.random() / 2));
      const hasTime = performance.now() - startedAt + waitMs < patience.patienceMs;
      if (!outcome.mayPass || !hasTime) throw outcome.error;
      await sleep(waitMs, undefined, { signal: patience.signal });
    }
  };
}

interface Failure {
  readonly error: ApiProblem | CliError;
  readonly mayPass: boolean;
  readonly retryAfterMs: number;
}

async function fetchOnce(
  patience: Patience,
  { url, method, headers }: Request,
  body: string | null,
): Promise<Response | Failure> {
  const signal = AbortSignal.any([patience.signal, AbortSignal.timeout(patience.answerWithinMs)]);
  try {
    const response = await (patience.fetch ?? fetch)(url, { method, headers, body, signal });
    if (response.ok && patience.streams) return response;
    const text = await response.text();
    if (response.ok) return new Response(text, response);
    return {
      error: problemOf(response.status, text),
      mayPass: [429, 502, 503, 504].includes(response.status),
      retryAfterMs: Number(response.headers.get("retry-after") ?? 0) * 1000 || 0,
    };
  } catch (error) {
    if (patience.signal.aborted) throw error;
    return unreachable(patience, error);
  }
}

/**
 * What cut a connection or took too long passes. A refused one passes only for who waits for the
 * server: to others "not running" is said at once. What `fetch` itself will not do never passes.
 */
function unreachable({ address, waitsForServer }: Patience, cause: unknown): Failure {
  const inner = cause instanceof Error ? cause.cause : undefined;
  const code = inner instanceof Error && "code" in inner ? String(inner.code) : null;
  const isRefused = code === "ECONNREFUSED" || code === "ENOTFOUND";
  const isTimeout = cause instanceof Error && cause.name === "TimeoutError";
  const why =
    code ?? (inner instanceof Error ? inner.message : isTimeout ? "no answer" : "unknown");
  return {
    error: new CliError(`cannot reach the server at ${address.origin} (${why})`, {
      hint: "start it with `hodei up`, or set HODEI_URL to where it is",
      cause,
    }),
    mayPass: isTimeout || (code !== null && (waitsForServer || !isRefused)),
    retryAfterMs: 0,
  };
}
