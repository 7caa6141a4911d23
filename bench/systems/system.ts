import type { LaunchedWorker } from "../hodei/launched-workers.ts";
import type { StubHabits } from "../hodei/stub-worker.ts";

/** Where a system is found; which of these it needs is its own affair. */
export interface Target {
  readonly databaseUrl: string;
  /** host:port of the gateway. */
  readonly grpcAddress: string;
  readonly httpUrl: string;
  /** Worker rows that wait for their worker. */
  readonly workers: readonly LaunchedWorker[];
  readonly habits?: StubHabits;
}

/** Puts jobs that do nothing into one system; lives in the producer process. */
export interface Submitter {
  /** Submits one job and answers its id when it is durable. */
  one(): Promise<string>;
  /** Submits this many in one request. */
  many(count: number): Promise<void>;
  close(): Promise<void>;
}

/** What an executor says of jobs, by id; of now, or of an instant of `machineMs`. */
export interface ExecutorEvents {
  /** The worker was given the job; the moment that start latencies are measured to. */
  onSent(id: string, atMs?: number): void;
  /** The job's end is durable, as far as this system tells its worker. */
  onFinished(id: string, atMs?: number): void;
}

/** Takes jobs and does nothing for each; lives in the executor process. */
export interface Executor {
  /** From now on jobs are taken. What may be prepared before was prepared when it was made. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** One system under measure: how its two ends are made, each in a process of its own. */
export interface System {
  submitter(target: Target): Promise<Submitter>;
  executor(target: Target, events: ExecutorEvents): Promise<Executor>;
}
