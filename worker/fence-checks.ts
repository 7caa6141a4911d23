import { type Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { limits } from "#core/domain/limits.ts";
import { FenceState, type WorkerAgentServiceClient } from "#proto/hodei.ts";
import type { FenceAnswer, FenceQuestion } from "./fence-question.ts";

export interface FenceChecksOptions {
  readonly metadata: Metadata;
  /** The client of the current connection; null while there is none. */
  readonly client: () => WorkerAgentServiceClient | null;
  /** What this worker executes and still trusts to be its own; null = nothing. */
  readonly current: () => FenceQuestion | null;
}

interface Checked {
  readonly of: FenceQuestion | null;
  readonly answer: FenceAnswer;
}

const SUPERSEDED: FenceAnswer = { state: "superseded" };

/**
 * Asks the gateway whether the worker's execution still counts, for the job that runs it.
 *
 * However often a job asks, one call is under way, and calls begin a period apart. An answer is for those
 * who asked before its call began: what was true then may not be any more when somebody else asks.
 */
export class FenceChecks {
  readonly #options: FenceChecksOptions;
  /** The call that has not begun. */
  #next: Promise<Checked> | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #begunAt = Number.NEGATIVE_INFINITY;

  constructor(options: FenceChecksOptions) {
    this.#options = options;
  }

  /**
   * What is not (any more) this worker's is superseded: it was given up or taken away, and never comes
   * back. Never rejects.
   */
  async ask(question: FenceQuestion): Promise<FenceAnswer> {
    if (!isSame(question, this.#options.current())) return SUPERSEDED;
    this.#next ??= this.#begin();
    const { of, answer } = await this.#next;
    // The worker may have lost it while the answer was on its way.
    return isSame(question, of) && isSame(question, this.#options.current()) ? answer : SUPERSEDED;
  }

  #begin(): Promise<Checked> {
    const checked = this.#last.then(async () => {
      const waitMs = this.#begunAt + limits.fenceCheckPeriodMs - performance.now();
      if (waitMs > 0) await pause(waitMs);
      this.#begunAt = performance.now();
      this.#next = null;
      const of = this.#options.current();
      return { of, answer: of === null ? SUPERSEDED : await this.#call(of) };
    });
    this.#last = checked;
    return checked;
  }

  async #call({ executionId, fence }: FenceQuestion): Promise<FenceAnswer> {
    const client = this.#options.client();
    if (client === null) return unknown("the worker is not connected");
    try {
      const options = { deadline: Date.now() + limits.fenceAnswerMs };
      const { metadata } = this.#options;
      return answerOf(await checkFence(client, { executionId, fence }, metadata, options));
    } catch (error) {
      return unknown(`the gateway: ${status[(error as ServiceError).code] ?? "gone"}`);
    }
  }
}

const checkFence = (
  client: WorkerAgentServiceClient,
  request: FenceQuestion,
  metadata: Metadata,
  options: { readonly deadline: number },
): Promise<FenceState> =>
  new Promise((resolve, reject) => {
    client.checkFence(request, metadata, options, (error, answer) => {
      if (error === null) resolve(answer.state);
      else reject(error);
    });
  });

function answerOf(state: FenceState): FenceAnswer {
  if (state === FenceState.FENCE_STATE_CURRENT) return { state: "current" };
  if (state === FenceState.FENCE_STATE_SUPERSEDED) return SUPERSEDED;
  return unknown("the worker moved to another gateway");
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });

const unknown = (why: string): FenceAnswer => ({ state: "unknown", why });

const isSame = (a: FenceQuestion, b: FenceQuestion | null): boolean =>
  b !== null && a.executionId === b.executionId && a.fence === b.fence;
