import { rm } from "node:fs/promises";
import type { EcsSettings } from "./ecs-options.ts";
import { killTask, readProcessTable } from "./process-table.ts";
import { type Task, toStopped, toStopping } from "./task.ts";
import { taskFiles } from "./task-files.ts";

const HOST_LOST = {
  stopCode: "InfrastructureHealth",
  stoppedReason: "Host lost: the emulator that ran this task ended without stopping it.",
};

/**
 * Tasks of an earlier life → the same, all STOPPED and without a process. Nothing is adopted: this
 * process cannot wait for another's children. A process is killed when it carries the task's
 * marker, or stands in the group of the recorded process (same pid, start time and marker).
 */
export async function recover(tasks: readonly Task[], settings: EcsSettings): Promise<Task[]> {
  return Promise.all(
    tasks.map((task) => (task.stoppedAt === null ? hostLost(task, settings) : task)),
  );
}

async function hostLost(task: Task, settings: EcsSettings): Promise<Task> {
  await killTask(task.id, await livingGroup(task));
  await rm(taskFiles(settings, task.id).scratch, { recursive: true, force: true });
  const now = settings.now();
  const end = { exitCode: null, containerReason: null };
  return toStopped(toStopping(task, HOST_LOST, now), end, now);
}

async function livingGroup({ id, process }: Task): Promise<number | null> {
  if (!process) return null;
  const same = (await readProcessTable()).some(
    (entry) =>
      entry.pid === process.pid && entry.startTime === process.startTime && entry.taskId === id,
  );
  return same ? process.pid : null;
}
