import type { AttemptView, RunDetail, RunEvent, WorkerView } from "#core/ports/run-reader.ts";

export const EPOCH_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

/** A well-formed id for the n-th thing of its kind. */
export const runIdOf = (n: number): string =>
  `${n.toString(16).padStart(8, "0")}-0000-7000-8000-${n.toString(16).padStart(12, "0")}`;

/** A run that waits, just submitted. */
export const newRun = (
  id: string,
  own: Pick<RunDetail, "name" | "labels" | "spec" | "submittedBy">,
): RunDetail => ({
  id,
  ...own,
  phase: "Pending",
  reason: "Queued",
  workerId: null,
  message: null,
  priority: own.spec.priority,
  attempts: 0,
  exitCode: null,
  stopping: false,
  createdAt: EPOCH_MS,
  startedAt: null,
  finishedAt: null,
  notBefore: null,
  ...{ template: null, schedule: null, rerunOf: null, parameters: null },
  deadlineAt: EPOCH_MS + own.spec.activeDeadlineSeconds * 1000,
});

/** An attempt that runs. */
export const newAttempt = (number: number): AttemptView => ({
  number,
  executionId: runIdOf(0xe000 + number),
  workerId: runIdOf(0xf000),
  phase: "Running",
  failure: null,
  exitCode: null,
  signal: null,
  message: null,
  assignedAt: EPOCH_MS,
  startedAt: EPOCH_MS + 1000,
  endedAt: null,
  logLastSeq: null,
  decision: null,
});

/** The event of a submit. */
export const newEvent = (seq: number): RunEvent => ({
  seq,
  at: EPOCH_MS + seq,
  type: "Submitted",
  attempt: null,
  workerId: null,
  reason: null,
  message: null,
});

/** A worker that is ready. */
export const newWorker = (own: Partial<WorkerView> = {}): WorkerView => ({
  id: runIdOf(0xf000),
  phase: "Ready",
  profile: "small",
  cpuMillis: 1000,
  memoryMib: 2048,
  labels: {},
  reason: null,
  message: null,
  machineId: "task/1",
  runId: null,
  runsTaken: 0,
  createdAt: EPOCH_MS,
  readyAt: EPOCH_MS + 1000,
  lastHeartbeatAt: EPOCH_MS + 2000,
  terminatedAt: null,
  ...own,
});
