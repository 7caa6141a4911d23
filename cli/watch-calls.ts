import { setTimeout as sleep } from "node:timers/promises";
import type { RunPhase } from "#core/domain/spec/api.ts";
import type { Answer } from "./api-client.ts";
import { readEventStream, type StreamMessage } from "./event-stream.ts";
import { patientFetch } from "./patient-fetch.ts";
import type { Caller } from "./template-calls.ts";
import type { UsageQuery } from "./usage-calls.ts";

/** An answer that is watched ends by itself before. */
const WATCH_WITHIN_MS = 40_000;
const WATCH_AGAIN_MS = 200;

export interface WatchedPage {
  readonly phases: readonly RunPhase[];
  readonly labels: readonly string[];
  readonly limit: number;
}

/** What the API tells while it happens: each call is one answer, which ends; the next goes on at `last`. */
export interface WatchCalls {
  /** What a run is and what happens to it, behind the event `last`. */
  watch(id: string, last: string | null): AsyncGenerator<StreamMessage>;
  /** A page of runs, at once unless it is as `last` says, and whenever something in it changed. */
  watchRuns(page: WatchedPage, last: string | null): AsyncGenerator<StreamMessage>;
  /** What is used, behind the report `last`. */
  watchUsage(
    subject: { readonly kind: "run" | "worker"; readonly id: string },
    query: UsageQuery,
    last: string | null,
  ): AsyncGenerator<StreamMessage>;
}

export interface WatchingCaller extends Pick<Caller, "http"> {
  readonly address: URL;
  readonly signal: AbortSignal;
  readonly patienceMs: number;
  readonly answered: (call: Promise<Answer<unknown>>) => Promise<{ data: unknown }>;
}

/** The calls; a connection that is cut ends as if nothing were wrong: the caller goes on with another. */
export function watchCalls(caller: WatchingCaller): WatchCalls {
  const { http, address, signal, patienceMs, answered } = caller;
  const fetch = patientFetch({
    ...{ address, signal, patienceMs, answerWithinMs: WATCH_WITHIN_MS },
    ...{ waitsForServer: true, streams: true },
  });
  const options = { headers: { accept: "text/event-stream" }, fetch, parseAs: "stream" } as const;
  const headerOf = (last: string | null) => (last === null ? {} : { "Last-Event-ID": last });
  const watch = "1" as const;
  async function* messages(call: Promise<Answer<unknown>>): AsyncGenerator<StreamMessage> {
    const { data } = await answered(call);
    try {
      yield* readEventStream(data as ReadableStream<Uint8Array>);
    } catch (error) {
      if (signal.aborted || error instanceof SyntaxError) throw error;
      await sleep(WATCH_AGAIN_MS, undefined, { signal });
    }
  }
  return {
    watch: async function* (id, last) {
      const params = { path: { id }, query: { watch }, header: headerOf(last) };
      yield* messages(http.GET("/v1/runs/{id}", { params, ...options }));
    },
    watchUsage: async function* ({ kind, id }, asked, last) {
      const params = { path: { id }, query: { ...asked, watch }, header: headerOf(last) };
      const path = kind === "run" ? "/v1/runs/{id}/usage" : "/v1/workers/{id}/usage";
      yield* messages(http.GET(path, { params, ...options }));
    },
    watchRuns: async function* ({ phases, labels, limit }, last) {
      const query = { watch, phase: [...phases], label: [...labels], limit };
      const params = { query, header: headerOf(last) };
      yield* messages(http.GET("/v1/runs", { params, ...options }));
    },
  };
}
