import type { ClientTokens } from "./client-tokens.ts";
import { EcsError } from "./ecs-error.ts";
import type { EcsSettings } from "./ecs-options.ts";
import type { PendingFaults } from "./faults.ts";
import type { Task } from "./task.ts";
import type { TaskRunner } from "./task-runner.ts";
import type { TaskTable } from "./task-table.ts";
import { clusterArn, taskArn } from "./task-view.ts";
import type { TokenBucket } from "./token-bucket.ts";

/** What the four operations work on. */
export interface Cluster {
  readonly settings: EcsSettings;
  readonly tasks: TaskTable;
  readonly tokens: ClientTokens;
  readonly faults: PendingFaults;
  readonly runner: TaskRunner;
  readonly launches: TokenBucket;
  /** From creation to the first sight of a task. */
  consistencyDelayMs: number;
  /** Resolves when all changes so far are on disk. */
  save(): Promise<void>;
}

/** Throws ClusterNotFoundException for every name but that of the one cluster. */
export function checkCluster({ settings }: Cluster, name: string | undefined): void {
  if (name === settings.cluster || name === clusterArn(settings)) return;
  throw new EcsError("ClusterNotFoundException", "Cluster not found.");
}

/** An id or an ARN → the ARN. */
export const arnOf = ({ settings }: Cluster, idOrArn: string): string =>
  idOrArn.startsWith("arn:") ? idOrArn : taskArn(settings, idOrArn);

/** Reads are eventually consistent: a young task is not seen yet. */
export const isVisible = ({ settings, consistencyDelayMs }: Cluster, task: Task): boolean =>
  settings.now() >= task.createdAt + consistencyDelayMs;
