/** A piece of the output of an attempt, as it is stored. */
export interface LogRecord {
  readonly executionId: string;
  readonly fence: number;
  readonly workerId: string;
  readonly seq: number;
  readonly stderr: boolean;
  readonly atMs: number;
  readonly data: Uint8Array;
  readonly droppedBytes: number | null;
  readonly droppedLines: number | null;
}
export interface StoredLogs {
  readonly executionId: string;
  readonly runId: string;
  readonly seq: number;
}
