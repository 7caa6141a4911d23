import type { Logger } from "pino";
import { limits } from "#core/domain/limits.ts";
import type { WorkerMessage } from "#proto/hodei.ts";
import type { AttemptResult } from "./attempt-result.ts";
import { jitteredMs } from "./backoff.ts";
import { resultMessage } from "./codec.ts";
import type { LogRing } from "./log-ring.ts";
import type { Results } from "./result-store.ts";

/** A result waits this long for its logs, counted anew on every connection. */
const LOGS_WAIT_MS = 5_000;
const RESEND_MS = 5_000;
const LOOK_MS = 500;

export interface ReporterOptions {
  readonly store: Results;
  readonly send: (message: WorkerMessage) => void;
  readonly isConnected: () => boolean;
  /** The ring has no more to carry, or its time is over. */
  readonly onLogsDone: (ring: LogRing) => void;
  readonly onSettled: () => void;
  readonly log: Logger;
}

interface Report {
  readonly result: AttemptResult;
  readonly ring: LogRing | null;
  saved: boolean;
  sent: boolean;
  settled: boolean;
  /** Monotonic instants. */
  waitForLogsUntil: number;
  sendAgainAt: number;
}

/**
 * Delivers results: on disk first, then to the gateway, again and again until one of them says that
 * it is recorded or never will be.
 */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #reports = new Map<string, Report>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  /** Results nobody has acknowledged. */
  get pending(): AttemptResult[] {
    return [...this.#reports.values()].map((report) => report.result);
  }

  /** Whether some result was never sent, so that the control plane must believe us busy. */
  get hasUnsent(): boolean {
    return [...this.#reports.values()].some((report) => !report.sent);
  }

  /** A result that a former agent stored already. */
  adopt(result: AttemptResult): void {
    this.#hold(result, null).saved = true;
  }

  /** Takes a new result. A disk that cannot hold it does not keep it from being sent. */
  async report(result: AttemptResult, ring: LogRing | null): Promise<void> {
    const report = this.#hold(result, ring);
    try {
      await this.#options.store.save(result);
    } catch (error) {
      this.#options.log.error(
        { err: error, executionId: result.executionId },
        "the result is kept in memory only",
      );
    }
    report.saved = true;
    this.offer();
  }

  /** Answers a repeated command: true when its result is held here, which is then sent again. */
  repeat(executionId: string): boolean {
    const report = this.#reports.get(executionId);
    if (report?.sent) this.#send(report);
    return report !== undefined;
  }

  /** A new connection: everything is due again, after its logs. */
  attached(): void {
    const now = performance.now();
    for (const report of this.#reports.values()) {
      report.waitForLogsUntil = now + LOGS_WAIT_MS;
      report.sendAgainAt = now;
    }
    this.offer();
  }

  /** Sends what is due. */
  offer(): void {
    clearTimeout(this.#timer);
    if (this.#reports.size === 0) return;
    const now = performance.now();
    for (const report of this.#reports.values()) if (this.#isDue(report, now)) this.#send(report);
    this.#timer = setTimeout(() => this.offer(), LOOK_MS);
  }

  /** Sends every stored result now, logs or not: there may be no other moment. */
  sendAll(): void {
    for (const report of this.#reports.values()) if (report.saved) this.#send(report);
  }

  /** The gateway has answered for this result, one way or the other. */
  async acknowledged(executionId: string, resultId: string): Promise<void> {
    if (this.#reports.get(executionId)?.result.resultId === resultId)
      await this.forget(executionId);
  }

  /** Nobody waits for this result any more. */
  async forget(executionId: string): Promise<void> {
    const report = this.#reports.get(executionId);
    if (report === undefined || report.settled) return;
    report.settled = true;
    await this.#options.store.forget(executionId).catch((error: unknown) => {
      this.#options.log.warn({ err: error, executionId }, "a settled result stays on disk");
    });
    this.#reports.delete(executionId);
    this.#letGo(report.ring);
    this.#options.onSettled();
  }

  #hold(result: AttemptResult, ring: LogRing | null): Report {
    const report: Report = {
      result,
      ring,
      saved: false,
      sent: false,
      settled: false,
      waitForLogsUntil: performance.now() + LOGS_WAIT_MS,
      sendAgainAt: 0,
    };
    this.#reports.set(result.executionId, report);
    return report;
  }

  #isDue(report: Report, now: number): boolean {
    const logsDone = report.ring === null || report.ring.drained || now >= report.waitForLogsUntil;
    return (
      report.saved &&
      !report.settled &&
      logsDone &&
      now >= report.sendAgainAt &&
      this.#options.isConnected()
    );
  }

  #send(report: Report): void {
    report.sent = true;
    report.sendAgainAt = performance.now() + jitteredMs(RESEND_MS, 0.2);
    this.#options.send(resultMessage(report.result));
  }

  #letGo(ring: LogRing | null): void {
    if (ring === null) return;
    if (ring.drained) this.#options.onLogsDone(ring);
    else setTimeout(() => this.#options.onLogsDone(ring), limits.lateLogsMs).unref();
  }
}
