/** Asks the worker on this machine whether the attempt that this process belongs to still counts. */
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** Longer than the worker waits for its gateway, twice: for a call under way, and then for its own. */
const ANSWER_WITHIN_MS = 7_000;
/** The worker answers a few at a time, and closes who comes meanwhile. */
const AGAIN_MS = 50;

type Variables = Readonly<Record<string, string | undefined>>;

/** `unknown`: nobody could be asked, and `why` says what for people. */
export type FenceCheck =
  | { readonly state: "current" | "superseded" }
  | { readonly state: "unknown"; readonly why: string };

/** Which attempt, and where its worker answers; `socket` null = nowhere. */
export interface OwnAttempt {
  readonly executionId: string;
  readonly fence: string;
  readonly socket: string | null;
}

/** The attempt that this environment was made for; null = it is not that of a job. */
export function ownAttempt(env: Variables): OwnAttempt | null {
  const { HODEI_EXECUTION_ID: executionId, HODEI_FENCE: fence, HODEI_FENCE_SOCKET: socket } = env;
  return executionId && fence ? { executionId, fence, socket: socket || null } : null;
}

/** Answers in at most `withinMs` milliseconds, whatever becomes of the worker. Never throws. */
export async function checkFence(
  { executionId, fence, socket }: OwnAttempt,
  withinMs: number = ANSWER_WITHIN_MS,
): Promise<FenceCheck> {
  if (socket === null) return unknown("the worker has no place to ask at");
  const until = performance.now() + withinMs;
  for (;;) {
    const leftMs = until - performance.now();
    if (leftMs <= 0) return unknown("the worker did not answer in time");
    const said = await exchange(socket, `check ${executionId} ${fence}\n`, leftMs);
    if (said === null) await delay(AGAIN_MS);
    else return said;
  }
}

/** One connection; null = it was closed without an answer, another one may get it. */
function exchange(path: string, question: string, withinMs: number): Promise<FenceCheck | null> {
  const { promise, resolve } = Promise.withResolvers<FenceCheck | null>();
  let text = "";
  const socket = connect(path, () => socket.write(question));
  const tooLate = setTimeout(() => socket.destroy(), withinMs);
  socket.setEncoding("utf8");
  socket.on("data", (data: string) => {
    text += data;
  });
  socket.on("error", ({ code = "" }: NodeJS.ErrnoException) => {
    if (code === "ENOENT" || code === "ECONNREFUSED") resolve(unknown("the worker is gone"));
    else if (code === "EACCES") resolve(unknown("only the job's own user may ask"));
  });
  socket.on("close", () => {
    clearTimeout(tooLate);
    resolve(parseAnswer(text));
  });
  return promise;
}

/** Only a whole line is an answer. */
function parseAnswer(text: string): FenceCheck | null {
  const [, state, why] = /^(current|superseded|unknown) ?(.*)\n$/.exec(text) ?? [];
  if (state === undefined) return null;
  return state === "current" || state === "superseded" ? { state } : unknown(why ?? "");
}

const unknown = (why: string): FenceCheck => ({ state: "unknown", why });
