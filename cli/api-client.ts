import createClient from "openapi-fetch";
import type {
  AttemptListBody,
  BulkBody,
  BulkCancelBody,
  CancelBody,
  CreatedKeyBody,
  EventListBody,
  KeyBody,
  KeyListBody,
  LogPageBody,
  LogVerdictBody,
  RunBody,
  RunListBody,
  RunPhase,
} from "#core/domain/spec/api.ts";
import type { KeyRequest } from "#core/domain/spec/key-request.ts";
import type { RunInput } from "#core/domain/spec/run-input.ts";
import { type AuditCalls, auditCalls } from "./audit-calls.ts";
import { CliError } from "./cli-error.ts";
import type { paths } from "./gen/openapi.ts";
import { patientFetch } from "./patient-fetch.ts";
import { type ProviderCalls, providerCalls } from "./provider-calls.ts";
import { type SchedulingCalls, schedulingCalls } from "./scheduling-calls.ts";
import { type TemplateCalls, templateCalls } from "./template-calls.ts";
import { type UsageCalls, usageCalls } from "./usage-calls.ts";
import { type WatchCalls, watchCalls } from "./watch-calls.ts";

const ANSWER_WITHIN_MS = 15_000;
const PATIENCE_MS = 5_000;
/** Who follows a run sits through a restart of the server. */
const FOLLOWING_PATIENCE_MS = 120_000;
const EVENTS_PER_PAGE = 500;

export interface ListQuery {
  readonly phases: readonly RunPhase[];
  readonly labels: readonly string[];
  readonly limit: number;
  readonly cursor: string | null;
}

/** The API, typed. Every method throws ApiProblem when it refuses, CliError when it is not there. */
export interface ApiClient
  extends TemplateCalls,
    ProviderCalls,
    SchedulingCalls,
    UsageCalls,
    WatchCalls,
    AuditCalls {
  /** The key makes a repeat harmless: a lost answer is simply asked for again. */
  submit(input: RunInput, idempotencyKey: string): Promise<{ run: RunBody; created: boolean }>;
  /** All of them or, when the API refuses one, none. Each has a key, as in `submit`. */
  submitMany(inputs: readonly KeyedInput[]): Promise<BulkBody>;
  run(id: string): Promise<RunBody>;
  runs(query: ListQuery): Promise<RunListBody>;
  attempts(id: string): Promise<AttemptListBody>;
  events(id: string, since: number): Promise<EventListBody>;
  /** Waits up to `waitSeconds` for something behind the cursor; then with much patience. */
  logs(id: string, cursor: string, waitSeconds: number): Promise<LogPageBody>;
  /** Whether all of its output is stored. */
  verifyLogs(id: string): Promise<LogVerdictBody>;
  cancel(id: string, reason: string | null): Promise<CancelBody>;
  /** Some of the runs with these labels, or how many there are; goes on at a cursor. */
  cancelMany(request: BulkCancelQuery): Promise<BulkCancelBody>;
  /** Changes a waiting run; asking for what it is already is harmless. */
  patch(id: string, change: RunChange): Promise<RunBody>;
  /** Not repeated: the answer alone has the key, and a second one would be another key. */
  createKey(request: KeyRequest): Promise<CreatedKeyBody>;
  keys(): Promise<KeyListBody>;
  revokeKey(id: string): Promise<KeyBody>;
}

export interface BulkCancelQuery {
  readonly labels: Readonly<Record<string, string>>;
  readonly phases?: readonly ("Pending" | "Assigned" | "Running")[];
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
  readonly apiKey: string | null;
  /** Ends every call. */
  readonly signal: AbortSignal;
  /** What sends; absent = Node's own. */
  readonly fetch?: typeof globalThis.fetch;
}

/** The client of `cli/gen/openapi.ts`, whose types are those of the described API. */
export function createApiClient({
  address,
  apiKey,
  signal,
  fetch: send,
}: ApiClientOptions): ApiClient {
  const patience = {
    ...{ address, signal, answerWithinMs: ANSWER_WITHIN_MS, patienceMs: PATIENCE_MS },
    ...(send && { fetch: send }),
  };
  const http = createClient<paths, "application/json">({
    baseUrl: new URL(".", address).href,
    headers: {
      accept: "application/json",
      ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
    },
    fetch: patientFetch({ ...patience, waitsForServer: false }),
  });
  const ask = async <Body>(call: Promise<Answer<Body>>): Promise<Body> =>
    (await answerOf(address, call)).data;
  const once = patientFetch({ ...patience, patienceMs: 0, waitsForServer: false });
  const ofRun = (id: string) => ({ path: { id } });
  const submitted = async (call: Promise<Answer<RunBody>>) => {
    const { data, response } = await answerOf(address, call);
    return { run: data, created: response.status === 201 };
  };
  return {
    ...templateCalls({ http, ask, submitted }),
    ...providerCalls({ http, ask, once }),
    ...schedulingCalls({ http, ask }),
    ...usageCalls({ http, ask }),
    ...watchCalls({
      ...{ http, address, signal, patienceMs: FOLLOWING_PATIENCE_MS },
      answered: (call) => answerOf(address, call),
    }),
    ...auditCalls({ http, ask }),
    submit: (body, key) => {
      const params = { header: { "Idempotency-Key": key } };
      return submitted(http.POST("/v1/runs", { params, body }));
    },
    submitMany: (runs) => ask(http.POST("/v1/runs/bulk", { body: { runs } })),
    run: (id) => ask(http.GET("/v1/runs/{id}", { params: ofRun(id) })),
    runs: ({ phases: phase, labels: label, limit, cursor }) => {
      const query = { phase, label, limit, ...(cursor === null ? {} : { cursor }) };
      return ask(http.GET("/v1/runs", { params: { query } }));
    },
    attempts: (id) => ask(http.GET("/v1/runs/{id}/attempts", { params: ofRun(id) })),
    events: (id, since) => {
      const query = { since, limit: EVENTS_PER_PAGE };
      return ask(http.GET("/v1/runs/{id}/events", { params: { ...ofRun(id), query } }));
    },
    logs: (id, cursor, wait) => {
      const params = { ...ofRun(id), query: { cursor, wait } };
      const fetch = patientFetch({
        ...patience,
        answerWithinMs: wait * 1000 + ANSWER_WITHIN_MS,
        ...(wait > 0 ? { patienceMs: FOLLOWING_PATIENCE_MS } : {}),
        waitsForServer: wait > 0,
      });
      return ask(http.GET("/v1/runs/{id}/logs", { params, fetch }));
    },
    verifyLogs: (id) => ask(http.GET("/v1/runs/{id}/logs/verify", { params: ofRun(id) })),
    cancel: (id, reason) => {
      const body = reason === null ? {} : { reason };
      return ask(http.POST("/v1/runs/{id}/cancel", { params: ofRun(id), body }));
    },
    cancelMany: (body) => ask(http.POST("/v1/runs/cancel", { body })),
    patch: (id, body) => ask(http.PATCH("/v1/runs/{id}", { params: ofRun(id), body })),
    createKey: (body) => ask(http.POST("/v1/keys", { body, fetch: once })),
    keys: () => ask(http.GET("/v1/keys")),
    revokeKey: (id) => ask(http.DELETE("/v1/keys/{id}", { params: { path: { id } } })),
  };
}

export interface Answer<Body> {
  readonly data?: Body;
  readonly response: Response;
}

/** `patientFetch` has thrown for every refusal, so what is left is JSON, or a stranger answers. */
async function answerOf<Body>(
  address: URL,
  call: Promise<Answer<Body>>,
): Promise<{ data: Body; response: Response }> {
  const stranger = `what answers at ${address.origin} is not the API of Hodei`;
  const { data, response } = await call.catch((cause) => {
    throw cause instanceof SyntaxError ? new CliError(stranger, { cause }) : cause;
  });
  if (data === undefined) throw new CliError(stranger);
  return { data, response };
}
