import { limits } from "#core/domain/limits.ts";
import type { AppDeps, HttpContext } from "./http-env.ts";
import type { Query } from "./query.ts";

const LOOK_AGAIN_MS = 500;
const HEARTBEAT = ": still here\n\n";
/** Asks the client to come back soon: the end of an answer is no failure. */
const RETRY = "retry: 500\n\n";

/** One server-sent event; `id` is where a client that lost the connection goes on. */
export interface ServerEvent {
  readonly event: string;
  readonly id?: string;
  readonly data: unknown;
}

/** What one look found, in order. */
export interface Look {
  readonly events: readonly ServerEvent[];
  /** There was more than one look shows. */
  readonly more?: boolean;
  /** Nothing can come any more: the client is told (`event: end`). */
  readonly end?: boolean;
}

/** The two effects of waiting. */
export interface Waiting {
  readonly now: () => number;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Answers with server-sent events (text/event-stream): what `look` finds, again and again, until nothing
 * can come or `limits.watchSeconds` have passed; then the client reconnects with Last-Event-ID. Behind
 * API Gateway an answer is gathered before it is sent, so there it ends with the first events: a long
 * poll that speaks the same language. The first look is made before the answer begins, so that its
 * errors are problems like any other; a later one ends the answer, and the client asks again.
 */
export async function answerEvents(
  c: HttpContext,
  { log }: Pick<AppDeps, "log">,
  waiting: Waiting,
  look: () => Promise<Look>,
): Promise<Response> {
  const gone = new AbortController();
  const signal = AbortSignal.any([c.req.raw.signal, gone.signal]);
  const isGathered = c.env?.event !== undefined;
  const texts = textsOf(waiting, look, signal, isGathered);
  const first = await texts.next();
  const headers = { "content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no" };
  if (isGathered) return c.body(await gather(first, texts), 200, headers);
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => void send(controller, String(first.value ?? "")),
    pull: async (controller) => {
      try {
        const { done, value } = await texts.next();
        if (done) controller.close();
        else send(controller, value);
      } catch (err) {
        log.warn(
          { requestId: c.get("requestId"), runId: c.get("runId"), err },
          "a watch ended early",
        );
        controller.close();
      }
    },
    cancel: () => gone.abort(),
  });
  return c.body(body, 200, headers);
}

const utf8 = new TextEncoder();
const send = (controller: ReadableStreamDefaultController<Uint8Array>, text: string): void =>
  controller.enqueue(utf8.encode(text));

async function gather(
  first: IteratorResult<string>,
  rest: AsyncGenerator<string>,
): Promise<string> {
  const texts = first.done ? [] : [first.value];
  for await (const text of rest) texts.push(text);
  return texts.join("");
}

async function* textsOf(
  { now, pause }: Waiting,
  look: () => Promise<Look>,
  signal: AbortSignal,
  isGathered: boolean,
): AsyncGenerator<string> {
  const until = now() + limits.watchSeconds * 1000;
  let heartbeatAt = now() + limits.watchHeartbeatMs;
  let found = await look();
  yield RETRY + found.events.map(textOf).join("");
  for (;;) {
    if (found.end) return yield textOf({ event: "end", data: {} });
    if (now() >= until || signal.aborted) return;
    if (isGathered && found.events.length > 0) return;
    if (!found.more) await pause(Math.min(LOOK_AGAIN_MS, until - now()), signal);
    if (signal.aborted) return;
    found = await look();
    if (found.events.length > 0) {
      yield found.events.map(textOf).join("");
      heartbeatAt = now() + limits.watchHeartbeatMs;
    } else if (now() >= heartbeatAt) {
      yield HEARTBEAT;
      heartbeatAt = now() + limits.watchHeartbeatMs;
    }
  }
}

/** JSON has no line break, so the data is one line. */
const textOf = ({ event, id, data }: ServerEvent): string =>
  `${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/** true: the caller wants server-sent events. */
export const acceptsEvents = (c: HttpContext): boolean =>
  (c.req.header("accept") ?? "").includes("text/event-stream");

/** `1` or `true`, as people write a switch in an address. */
export function readSwitch(query: Query, name: string): boolean {
  const text = query.one(name);
  if (text !== null && !["1", "true", "0", "false"].includes(text))
    query.refuse(name, "must be 1 or 0");
  return text === "1" || text === "true";
}

/** Where a client that reconnects stands: the header of a reconnect beats the query of the first call. */
export const lastEventId = (c: HttpContext, fallback: string | null): string | null =>
  c.req.header("last-event-id") || fallback;
