import type { Tag, TaskOverride } from "./wire.ts";

/** ECS knows more steps (ACTIVATING, STOPPING, DEPROVISIONING); these five are kept apart here. */
export type TaskStatus = "PROVISIONING" | "PENDING" | "RUNNING" | "DEACTIVATING" | "STOPPED";

/** Names one process for ever: a pid is used again, a pid with its start time is not. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot, from /proc; null where there is no /proc. */
  readonly startTime: string | null;
}

/** One task. Instants are epoch milliseconds. `version` rises with every change. */
export interface Task {
  readonly arn: string;
  readonly id: string;
  readonly cluster: string;
  readonly family: string;
  readonly containerName: string;
  readonly group: string;
  readonly startedBy: string | null;
  readonly capacityProvider: string | null;
  readonly subnet: string;
  readonly cpu: string;
  readonly memory: string;
  readonly overrides: TaskOverride;
  readonly tags: readonly Tag[];
  readonly lastStatus: TaskStatus;
  readonly desiredStatus: "RUNNING" | "STOPPED";
  readonly version: number;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly stoppingAt: number | null;
  readonly stoppedAt: number | null;
  readonly stopCode: string | null;
  readonly stoppedReason: string | null;
  readonly exitCode: number | null;
  readonly containerReason: string | null;
  readonly process: ProcessIdentity | null;
}

export type TaskRequest = Pick<
  Task,
  | "arn"
  | "id"
  | "cluster"
  | "family"
  | "containerName"
  | "group"
  | "startedBy"
  | "capacityProvider"
  | "subnet"
  | "cpu"
  | "memory"
  | "overrides"
  | "tags"
  | "createdAt"
>;

export interface StopCause {
  readonly stopCode: string;
  readonly stoppedReason: string;
}

export interface TaskEnd {
  readonly exitCode: number | null;
  readonly containerReason: string | null;
}

export const newTask = (request: TaskRequest): Task => ({
  ...request,
  lastStatus: "PROVISIONING",
  desiredStatus: "RUNNING",
  version: 1,
  startedAt: null,
  stoppingAt: null,
  stoppedAt: null,
  stopCode: null,
  stoppedReason: null,
  exitCode: null,
  containerReason: null,
  process: null,
});

export const toPending = (task: Task): Task => changed(task, { lastStatus: "PENDING" });

export const toRunning = (task: Task, process: ProcessIdentity, at: number): Task =>
  changed(task, { lastStatus: "RUNNING", startedAt: at, process });

/** The first cause stands. A task stopped by its user loses its tags, as on AWS. */
export function toStopping(task: Task, cause: StopCause, at: number): Task {
  if (task.desiredStatus === "STOPPED") return task;
  return changed(task, {
    ...cause,
    desiredStatus: "STOPPED",
    lastStatus: task.lastStatus === "RUNNING" ? "DEACTIVATING" : task.lastStatus,
    stoppingAt: at,
    tags: cause.stopCode === "UserInitiated" ? [] : task.tags,
  });
}

export const toStopped = (task: Task, end: TaskEnd, at: number): Task =>
  changed(task, { ...end, lastStatus: "STOPPED", stoppedAt: at });

function changed(task: Task, fields: Partial<Task>): Task {
  return { ...task, ...fields, version: task.version + 1 };
}
