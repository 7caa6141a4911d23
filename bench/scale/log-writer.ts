import { limits } from "#core/domain/limits.ts";
import { LogChunk, type LogChunkAck } from "#proto/hodei.ts";
import type { StubLogs, StubWorker } from "../hodei/stub-worker.ts";
import { machineMs } from "../measure/clock.ts";
import { Tally } from "./tally.ts";

/** As the real worker's output pump: complete lines wait this long for company. */
const LINES_WAIT_MS = 25;
const SETTLE_MS = 15_000;

export interface LogLoad {
  /** Of all workers of the process together. */
  readonly linesPerSecond: number;
  readonly lineBytes: number;
  readonly durationMs: number;
}

export interface LogsWritten {
  /** What the jobs would have written. */
  readonly offered: number;
  readonly acknowledged: number;
  readonly chunks: number;
  /** From the first line to the last acknowledgement. */
  readonly elapsedMs: number;
  readonly refused: number;
}

interface Execution {
  readonly executionId: string;
  readonly fence: number;
}

/**
 * Jobs that write lines at a fixed rate, each with the batches of the real worker: what was written
 * within 25 ms is a chunk, no more unacknowledged than its ring holds, no more written than the
 * stream takes. What a job may not write yet, it writes later.
 */
export async function writeLogs(
  running: ReadonlyMap<StubWorker, Execution>,
  load: LogLoad,
): Promise<LogsWritten> {
  const acknowledged = new Tally();
  const perSecond = load.linesPerSecond / running.size;
  const jobs = [...running].map(
    ([stub, execution]) => new Job(stub, execution, acknowledged, load.lineBytes),
  );
  const begin = machineMs();
  const endOfLoad = Promise.withResolvers<void>();
  jobs.forEach((job, at) => {
    const write = () => {
      const elapsedMs = Math.min(machineMs() - begin, load.durationMs);
      job.writeUpTo(Math.floor((elapsedMs * perSecond) / 1000));
      if (elapsedMs < load.durationMs) return;
      clearInterval(timer);
      endOfLoad.resolve();
    };
    let timer: NodeJS.Timeout;
    setTimeout(
      () => {
        timer = setInterval(write, LINES_WAIT_MS);
      },
      (LINES_WAIT_MS * at) / jobs.length,
    );
  });
  await endOfLoad.promise;
  const offered = jobs.length * Math.floor((load.durationMs * perSecond) / 1000);
  const stored = await acknowledged.reached(offered, SETTLE_MS);
  for (const job of jobs) job.end();
  const sum = (of: (job: Job) => number) => jobs.reduce((total, job) => total + of(job), 0);
  return {
    offered,
    acknowledged: stored,
    chunks: sum((job) => job.chunks),
    elapsedMs: machineMs() - begin,
    refused: sum((job) => job.refused),
  };
}

/** The output of one execution. */
class Job {
  readonly #execution: Execution;
  readonly #acknowledged: Tally;
  readonly #lines: Buffer;
  readonly #lineBytes: number;
  readonly #logs: StubLogs;
  /** How many lines the chunks up to this one hold, by seq. */
  readonly #upTo: number[] = [0];
  #wanted = 0;
  #written = 0;
  #stored = 0;
  #writable = true;
  refused = 0;

  constructor(stub: StubWorker, execution: Execution, acknowledged: Tally, lineBytes: number) {
    this.#execution = execution;
    this.#acknowledged = acknowledged;
    this.#lineBytes = lineBytes;
    const line = `${"a line of output ".repeat(lineBytes).slice(0, lineBytes - 1)}\n`;
    this.#lines = Buffer.from(line.repeat(Math.floor(limits.logChunkBytesMax / lineBytes)));
    this.#logs = stub.openLogs(
      (ack) => this.#hear(ack),
      () => {
        this.#writable = true;
        this.#write();
      },
    );
  }

  get chunks(): number {
    return this.#upTo.length - 1;
  }

  writeUpTo(lines: number): void {
    this.#wanted = lines;
    this.#write();
  }

  end(): void {
    this.#logs.end();
  }

  #write(): void {
    while (this.#writable && this.#written < this.#wanted && !this.#full) {
      const waiting = (this.#wanted - this.#written) * this.#lineBytes;
      const data = this.#lines.subarray(0, Math.min(waiting, this.#lines.length));
      this.#written += data.length / this.#lineBytes;
      this.#upTo.push(this.#written);
      const { executionId, fence } = this.#execution;
      const chunk = { executionId, fence, seq: this.#upTo.length - 1, data, timestamp: new Date() };
      this.#writable = this.#logs.write(LogChunk.fromPartial(chunk));
    }
  }

  get #full(): boolean {
    return (this.#written - this.#stored) * this.#lineBytes >= limits.logRingBytesMax;
  }

  #hear({ seq, refused }: LogChunkAck): void {
    if (refused) this.refused += 1;
    const stored = this.#upTo[seq] ?? this.#stored;
    const before = this.#stored;
    this.#stored = Math.max(before, stored);
    this.#acknowledged.add(this.#stored - before);
    this.#write();
  }
}
