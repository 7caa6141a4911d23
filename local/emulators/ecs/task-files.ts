import { join } from "node:path";
import type { EcsSettings } from "./ecs-options.ts";

/** Where a task's traces are: its output, kept; and its own temporary directory, gone with it. */
export interface TaskFiles {
  readonly log: string;
  readonly scratch: string;
}

export const taskFiles = ({ stateDir }: EcsSettings, taskId: string): TaskFiles => ({
  log: join(stateDir, "tasks", `${taskId}.log`),
  scratch: join(stateDir, "tasks", taskId),
});
