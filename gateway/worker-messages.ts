import { setTimeout as pause } from "node:timers/promises";
import type { ResultReport, ResultVerdict } from "#core/application/record-results.ts";
import { DomainError, isDomainError } from "#core/domain/errors.ts";
import {
  AttemptEnd,
  type HeldExecution,
  type JobResultMessage,
  ResultVerdict as WireVerdict,
  type WorkerHeartbeat,
  type WorkerMessage,
} from "#proto/hodei.ts";
import { attemptEnd } from "./codec.ts";
import type { Hub } from "./hub.ts";
import { heartbeatUsage, statsUsage } from "./metrics-codec.ts";
import { OriginalLogs } from "./original-logs.ts";
import type { Session } from "./session.ts";
import { boundedText, uuidOf } from "./wire-values.ts";
import { takesNoMore } from "./worker-status.ts";

type Payload = NonNullable<WorkerMessage["payload"]>;

/** A worker holds one execution and some unacknowledged results. */
const HELD_MAX = 32;
const RESULT_ID_CHARS_MAX = 64;
const REASON_CHARS_MAX = 200;
/** A result that nobody would repeat is tried this often, each try as long as the driver's. */
const ORIGINAL_RESULT_TRIES = 30;
const ORIGINAL_RESULT_WAIT_MS = 1_000;

const VERDICTS = {
  accepted: WireVerdict.RESULT_VERDICT_ACCEPTED,
  duplicate: WireVerdict.RESULT_VERDICT_DUPLICATE,
  fenced: WireVerdict.RESULT_VERDICT_FENCED,
} as const;

/** What the messages of an attached worker do. */
export class WorkerMessages {
  readonly #hub: Hub;
  readonly #session: Session;
  readonly #originalLogs: OriginalLogs | null;

  constructor(hub: Hub, session: Session) {
    this.#hub = hub;
    this.#session = session;
    this.#originalLogs = session.isOriginal ? new OriginalLogs(hub, session) : null;
  }

  /**
   * Resolves when the message is dealt with; never rejects. A message that could not be dealt with
   * is said in the log, unanswered (its sender repeats it), and the stream goes on.
   */
  async handle(payload: Payload): Promise<void> {
    try {
      await this.#handle(payload);
    } catch (error) {
      const { workerId } = this.#session;
      const about = { workerId, message: payload.$case, err: error };
      this.#hub.deps.log.warn(about, "a message of a worker was not dealt with");
    }
  }

  async #handle(payload: Payload): Promise<void> {
    switch (payload.$case) {
      case "heartbeat":
        return this.#heartbeat(payload.value);
      case "accept":
        return this.#accept(payload.value);
      case "refuse":
        return this.#refuse(payload.value.executionId, payload.value.reason);
      case "result":
        return this.#result(payload.value);
      case "log":
        return this.#originalLogs?.add([payload.value]);
      case "logBatch":
        this.#session.namesJobs = true;
        return this.#originalLogs?.add(payload.value.entries);
      case "selfTerminate":
        return takesNoMore(this.#hub, this.#session.workerId, "SelfTerminated");
      case "ack":
        this.#session.namesJobs = true; // only the later generation acknowledges
        return;
      case "stats":
        return this.#hub.usage.add(statsUsage(payload.value, this.#session, Date.now()));
      case "status":
        return;
      default:
        payload satisfies never;
    }
  }

  #heartbeat({ executions: named, runningJobIds, usage }: WorkerHeartbeat): void {
    const executions = named.slice(0, HELD_MAX).flatMap(({ executionId: text, fence }) => {
      const executionId = uuidOf(text);
      return executionId ? [{ executionId, fence }] : [];
    });
    const session = this.#session;
    if (usage) this.#hub.usage.add(heartbeatUsage(usage, session, Date.now()));
    if (session.isOriginal) session.jobsNamed(runningJobIds);
    this.#hub.heartbeats.add(session, session.isOriginal ? session.held : executions);
  }

  /** The accept gate: `start` only after the commit; whatever is stale is discarded. */
  async #accept({ executionId: text, fence }: HeldExecution): Promise<void> {
    const session = this.#session;
    const executionId = uuidOf(text);
    if (!executionId) throw new DomainError("MessageRefused", "accept names no execution");
    const accepted = await this.#hub.accepts.add(session.claim(executionId, fence));
    if (accepted) {
      session.outbox.send({ $case: "start", value: { executionId, fence } });
      return;
    }
    const { workerId } = session;
    this.#hub.deps.log.info({ workerId, executionId, fence }, "accept not applied");
    session.discard(executionId);
  }

  async #refuse(text: string, reason: string): Promise<void> {
    const executionId = uuidOf(text);
    if (!executionId) throw new DomainError("MessageRefused", "refuse names no execution");
    await this.#hub.refuse(this.#session, executionId, boundedText(reason, REASON_CHARS_MAX));
  }

  async #result(message: JobResultMessage): Promise<void> {
    const session = this.#session;
    const named = this.#namedBy(message);
    if (!named) throw new DomainError("MessageRefused", "result names no execution of this worker");
    await this.#originalLogs?.flush();
    const { verdict } = await this.#record({
      ...session.claim(named.executionId, named.fence),
      resultId: named.resultId,
      end: attemptEnd(message),
      logLastSeq: this.#lastSeqOf(message, named.executionId),
    });
    if (verdict === "retry") return; // another stream is the worker's now, it repeats it there
    session.forget(named.executionId);
    if (session.isOriginal) return;
    const { executionId, resultId } = message; // as it was said, so that the worker knows it
    const value = { executionId, resultId, verdict: VERDICTS[verdict] };
    session.outbox.send({ $case: "resultAck", value });
  }

  /** null: nobody knows, also where the agent that read the output is gone with it. */
  #lastSeqOf({ end, logLastSeq }: JobResultMessage, executionId: string): number | null {
    if (this.#originalLogs) return this.#originalLogs.lastSeq(executionId);
    return end === AttemptEnd.ATTEMPT_END_AGENT_LOST ? null : logLastSeq;
  }

  /** Our workers repeat a result until it is answered. The original's say it once: we repeat. */
  async #record(report: ResultReport): Promise<ResultVerdict> {
    for (let tries = 1; ; tries += 1)
      try {
        return await this.#hub.results.add(report);
      } catch (error) {
        const passing = isDomainError(error) && error.code === "StoreUnavailable";
        if (!this.#session.isOriginal || !passing || tries >= ORIGINAL_RESULT_TRIES) throw error;
        await pause(ORIGINAL_RESULT_WAIT_MS, undefined, { ref: false });
      }
  }

  /** Which execution a result is of; the original's workers only name the job. */
  #namedBy(message: JobResultMessage) {
    const { isOriginal, current } = this.#session;
    const named = uuidOf(message.executionId);
    if (named && message.resultId !== "") {
      const resultId = boundedText(message.resultId, RESULT_ID_CHARS_MAX);
      return { executionId: named, fence: message.fence, resultId };
    }
    if (!isOriginal || !current || current.runId !== uuidOf(message.jobId)) return null;
    const { executionId, fence } = current;
    return { executionId, fence, resultId: executionId };
  }
}
