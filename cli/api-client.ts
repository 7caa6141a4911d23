import { setTimeout as sleep } from "node:timers/promises";
import type {
  AttemptListBody,
  BulkBody,
  BulkCancelBody,
  CancelBody,
  EventListBody,
  LogPageBody,
  RunBody,
  RunListBody,
  WorkerListBody,
} from "#core/domain/spec/api.ts";
import type { RunInput } from "#core/domain/spec/run-input.ts";
import { type ApiProblem, problemOf } from "./api-problem.ts";
import { CliError } from "./cli-error.ts";
import { readEventStream, type StreamMessage } from "./event-stream.ts";

const ANSWER_WITHIN_MS = 15_000;
/** An answer that is watched ends by itself before. */
const WATCH_WITHIN_MS = 40_000;
const RETRY_FIRST_MS = 200;
const RETRY_MAX_MS = 5_000;
const PATIENCE_MS = 5_000;
/** Who follows a run sits through a restart of the server. */
const FOLLOWING_PATIENCE_MS = 120_000;

export interface ListQuery {
  readonly phases: readonly string[];
  readonly labels: readonly string[];
  readonly limit: number;
  readonly cursor: string | null;
}

/** The API, typed. Every method throws ApiProblem when it refuses, CliError when it is not there. */
export interface ApiClient {
  /** The key makes a repeat harmless: a lost answer is simply asked for again. */
  submit(input: unknown, idempotencyKey: string): Promise<{ run: RunBody; created: boolean }>;
  /** All of them or, when the API refuses one, none. Each has a key, as in `submit`. */
  submitMany(inputs: readonly KeyedInput[]): Promise<BulkBody>;
  run(id: string): Promise<RunBody>;
  runs(query: ListQuery): Promise<RunListBody>;
  attempts(id: string): Promise<AttemptListBody>;
  events(id: string, since: number): Promise<EventListBody>;
  /** What a run is and what happens to it, behind the event `last`, until the answer ends. */
  watch(id: string, last: string | null): AsyncGenerator<StreamMessage>;
  /** Waits up to `waitSeconds` for something behind the cursor; then with much patience. */
  logs(id: string, cursor: string, waitSeconds: number): Promise<LogPageBody>;
  cancel(id: string, reason: string | null): Promise<CancelBody>;
  /** Some of the runs with these labels, or how many there are; goes on at a cursor. */
  cancelMany(request: BulkCancelQuery): Promise<BulkCancelBody>;
  /** Changes a waiting run; asking for what it is already is harmless. */
  patch(id: string, change: RunChange): Promise<RunBody>;
  workers(all: boolean): Promise<WorkerListBody>;
}

export interface BulkCancelQuery {
  readonly labels: Readonly<Record<string, string>>;
  readonly phases?: readonly string[];
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly cursor?: string;
}

export interface RunChange {
  readonly priority?: number;
  readonly suspend?: boolean;
}

/** A run spec with its idempotency key beside its fields. */
export type KeyedInput = RunInput & { readonly idempotencyKey: string };

export interface ApiClientOptions {
  readonly address: URL;
  /** Sent as a bearer token; null = none. */
  readonly token: string | null;
  /** Ends every call. */
  readonly signal: AbortSignal;
}

interface Call {
  readonly method?: "GET" | "POST" | "PATCH";
  readonly path: string;
  readonly query?: readonly (readonly [string, string])[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly answerWithinMs?: number;
  readonly patienceMs?: number;
  /** true: the body is handed over as it comes, within `answerWithinMs` altogether. */
  readonly stream?: boolean;
}

export function createApiClient(options: ApiClientOptions): ApiClient {
  const ask = async <Body>(call: Call): Promise<Body> => (await send<Body>(options, call)).body;
  return {
    submit: async (input, idempotencyKey) => {
      const headers = { "idempotency-key": idempotencyKey };
      const call: Call = { method: "POST", path: "v1/runs", headers, body: input };
      const { status, body } = await send<RunBody>(options, call);
      return { run: body, created: status === 201 };
    },
    submitMany: (runs) => ask({ method: "POST", path: "v1/runs/bulk", body: { runs } }),
    run: (id) => ask({ path: `v1/runs/${id}` }),
    runs: ({ phases, labels, limit, cursor }) =>
      ask({
        path: "v1/runs",
        query: [
          ...phases.map((phase) => ["phase", phase] as const),
          ...labels.map((label) => ["label", label] as const),
          ["limit", String(limit)],
          ...(cursor === null ? [] : [["cursor", cursor] as const]),
        ],
      }),
    attempts: (id) => ask({ path: `v1/runs/${id}/attempts` }),
    events: (id, since) =>
      ask({
        path: `v1/runs/${id}/events`,
        query: [
          ["since", String(since)],
          ["limit", "500"],
        ],
      }),
    watch: (id, last) => watch(options, id, last),
    logs: (id, cursor, waitSeconds) =>
      ask({
        path: `v1/runs/${id}/logs`,
        query: [
          ["cursor", cursor],
          ["wait", String(waitSeconds)],
        ],
        answerWithinMs: waitSeconds * 1000 + ANSWER_WITHIN_MS,
        patienceMs: waitSeconds > 0 ? FOLLOWING_PATIENCE_MS : PATIENCE_MS,
      }),
    cancel: (id, reason) =>
      ask({
        method: "POST",
        path: `v1/runs/${id}/cancel`,
        body: reason === null ? {} : { reason },
      }),
    cancelMany: (body) => ask({ method: "POST", path: "v1/runs/cancel", body }),
    patch: (id, body) => ask({ method: "PATCH", path: `v1/runs/${id}`, body }),
    workers: (all) => ask({ path: "v1/workers", query: [["all", String(all)]] }),
  };
}

/** One connection. A cut one ends as if nothing were wrong: the caller goes on with another. */
async function* watch(
  options: ApiClientOptions,
  id: string,
  last: string | null,
): AsyncGenerator<StreamMessage> {
  const accept = "text/event-stream";
  const { body } = await send<AsyncIterable<Uint8Array>>(options, {
    path: `v1/runs/${id}`,
    query: [["watch", "1"]],
    headers: last === null ? { accept } : { accept, "last-event-id": last },
    answerWithinMs: WATCH_WITHIN_MS,
    patienceMs: FOLLOWING_PATIENCE_MS,
    stream: true,
  });
  try {
    yield* readEventStream(body);
  } catch (error) {
    if (options.signal.aborted || error instanceof SyntaxError) throw error;
    await sleep(RETRY_FIRST_MS, undefined, { signal: options.signal });
  }
}

interface Answer<Body> {
  readonly status: number;
  readonly body: Body;
}

/** Every call here may be repeated, so every failure that can pass is tried again for a while. */
async function send<Body>(options: ApiClientOptions, call: Call): Promise<Answer<Body>> {
  const patienceMs = call.patienceMs ?? PATIENCE_MS;
  const startedAt = performance.now();
  for (let delayMs = RETRY_FIRST_MS; ; delayMs = Math.min(delayMs * 2, RETRY_MAX_MS)) {
    const outcome = await sendOnce<Body>(options, call);
    if ("body" in outcome) return outcome;
    const waitMs = Math.max(outcome.retryAfterMs, delayMs * (0.5 + Math.random() / 2));
    const hasTime = performance.now() - startedAt + waitMs < patienceMs;
    if (!outcome.mayPass || !hasTime) throw outcome.error;
    await sleep(waitMs, undefined, { signal: options.signal });
  }
}

interface Failure {
  readonly error: ApiProblem | CliError;
  readonly mayPass: boolean;
  readonly retryAfterMs: number;
}

async function sendOnce<Body>(
  options: ApiClientOptions,
  call: Call,
): Promise<Answer<Body> | Failure> {
  const { address, token, signal } = options;
  const url = new URL(call.path, address);
  for (const [name, value] of call.query ?? []) url.searchParams.append(name, value);
  const within = AbortSignal.timeout(call.answerWithinMs ?? ANSWER_WITHIN_MS);
  try {
    const response = await fetch(url, {
      method: call.method ?? "GET",
      headers: {
        accept: "application/json",
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(call.body === undefined ? {} : { "content-type": "application/json" }),
        ...call.headers,
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      signal: AbortSignal.any([signal, within]),
    });
    if (call.stream && response.ok)
      return { status: response.status, body: (response.body ?? []) as Body };
    const text = await response.text();
    if (response.ok) return { status: response.status, body: parseAnswer<Body>(text, address) };
    return {
      error: problemOf(response.status, text),
      mayPass: [429, 502, 503, 504].includes(response.status),
      retryAfterMs: Number(response.headers.get("retry-after") ?? 0) * 1000 || 0,
    };
  } catch (error) {
    if (error instanceof CliError || signal.aborted) throw error;
    return unreachable(address, error, call.patienceMs === FOLLOWING_PATIENCE_MS);
  }
}

function parseAnswer<Body>(text: string, address: URL): Body {
  try {
    return JSON.parse(text) as Body;
  } catch (cause) {
    throw new CliError(`what answers at ${address.origin} is not the API of Hodei`, { cause });
  }
}

/**
 * What cut a connection or took too long passes. A refused one passes only for who follows: to
 * others "not running" is said at once. What `fetch` itself will not do never passes.
 */
function unreachable(address: URL, cause: unknown, patient: boolean): Failure {
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
    mayPass: isTimeout || (code !== null && (patient || !isRefused)),
    retryAfterMs: 0,
  };
}
