import type { Socket } from "node:net";
import { limits } from "#core/domain/limits.ts";

/** Which execution a job asks about. */
export interface FenceQuestion {
  readonly executionId: string;
  readonly fence: number;
}

/** `unknown`: nobody could be asked, and `why` says what for people. */
export type FenceAnswer =
  | { readonly state: "current" | "superseded" }
  | { readonly state: "unknown"; readonly why: string };

const QUESTION = /^check ([^\s]{1,128}) (\d{1,15})$/;

/** The question in this line; null = it is none. */
export function parseFenceQuestion(line: string): FenceQuestion | null {
  const [, executionId, fence] = QUESTION.exec(line) ?? [];
  return executionId === undefined ? null : { executionId, fence: Number(fence) };
}

/**
 * One connection: a line in (`check <execution id> <fence>`), a line out (`current`, `superseded`, or
 * `unknown` and why), and the end. Whoever says too much, too slowly or something else is cut off.
 */
export function answerFenceQuestion(
  socket: Socket,
  ask: (question: FenceQuestion) => Promise<FenceAnswer>,
): void {
  let text = "";
  const tooLate = setTimeout(() => socket.destroy(), limits.fenceQuestionMs);
  socket.on("error", () => undefined);
  socket.on("close", () => clearTimeout(tooLate));
  socket.setEncoding("latin1");
  socket.on("data", (data: string) => {
    text += data;
    const end = text.indexOf("\n");
    if (end < 0 && text.length <= limits.fenceQuestionBytesMax) return;
    clearTimeout(tooLate);
    socket.removeAllListeners("data").pause();
    const question = parseFenceQuestion(text.slice(0, Math.max(0, end)));
    if (question === null) socket.destroy();
    else
      void ask(question).then((answer) => socket.end(answerLine(answer), () => socket.destroy()));
  });
}

const answerLine = (answer: FenceAnswer): string =>
  answer.state === "unknown" ? `unknown ${answer.why}\n` : `${answer.state}\n`;
