import { limits } from "#core/domain/limits.ts";
import type { LogRecord } from "#core/ports/control-store.ts";
import type { LogEntry } from "#proto/hodei.ts";
import type { Hub } from "./hub.ts";
import type { Session } from "./session.ts";

/**
 * Output of the original's workers: lines on the control stream, without sequence numbers or
 * acknowledgements. The gateway numbers them as they arrive and stores them before the result.
 */
export class OriginalLogs {
  readonly #hub: Hub;
  readonly #session: Session;
  #executionId = "";
  #seq = 0;
  #stored: Promise<unknown> = Promise.resolve();

  constructor(hub: Hub, session: Session) {
    this.#hub = hub;
    this.#session = session;
  }

  add(entries: readonly LogEntry[]): void {
    const { current } = this.#session;
    if (!current) return;
    if (current.executionId !== this.#executionId) {
      this.#executionId = current.executionId;
      this.#seq = 0;
    }
    const records = entries
      .filter((entry) => entry.jobId === current.runId)
      .map((entry) => this.#record(entry, current));
    if (records.length === 0) return;
    const { workerId } = this.#session;
    this.#stored = Promise.all([
      this.#stored,
      this.#hub.logs.add(records).catch((error) => {
        this.#hub.deps.log.warn({ workerId, err: error }, "output of a worker was not stored");
      }),
    ]);
  }

  /** Resolves when everything received so far is stored. */
  async flush(): Promise<void> {
    await this.#stored;
  }

  lastSeq(executionId: string): number {
    return executionId === this.#executionId ? this.#seq : 0;
  }

  #record(
    entry: LogEntry,
    { executionId, fence }: { executionId: string; fence: number },
  ): LogRecord {
    this.#seq += 1;
    return {
      executionId,
      fence,
      workerId: this.#session.workerId,
      seq: this.#seq,
      stderr: entry.isStderr,
      atMs: entry.timestamp?.getTime() ?? Date.now(),
      data: Buffer.from(`${entry.line}\n`).subarray(0, limits.logChunkBytesMax),
      droppedBytes: null,
      droppedLines: null,
    };
  }
}
