import type { Container, Task } from "@aws-sdk/client-ecs";
import type { Machine } from "#core/ports/provider.ts";
import { parseStartedBy } from "./started-by.ts";

const STARTING = ["PROVISIONING", "PENDING", "ACTIVATING"];
const STOPPED = ["STOPPED", "DELETED"];

/** A task as DescribeTasks shows it → Machine. */
export function machineOf(task: Task): Machine {
  const owner = parseStartedBy(task.startedBy);
  const state = stateOf(task);
  const going = state === "stopping" || state === "stopped";
  return {
    externalId: task.taskArn ?? "",
    installId: owner?.installId ?? null,
    workerId: owner?.workerId ?? null,
    state,
    // Absent for a moment at most; "now" makes it too young for every age rule.
    createdAtMs: task.createdAt?.getTime() ?? Date.now(),
    stoppedReason: going ? stoppedReasonOf(task) : null,
    interrupted: isInterrupted(task),
  };
}

function stateOf(task: Task): Machine["state"] {
  const last = task.lastStatus ?? "";
  if (STOPPED.includes(last)) return "stopped";
  if (task.desiredStatus === "STOPPED") return "stopping";
  if (STARTING.includes(last)) return "starting";
  return last === "RUNNING" ? "running" : "stopping"; // DEACTIVATING, STOPPING, DEPROVISIONING
}

/** Fargate warned with `TerminationNotice` before it had a stop code of its own for Spot. */
function isInterrupted(task: Task): boolean {
  return task.stopCode === "SpotInterruption" || task.stopCode === "TerminationNotice";
}

/** `EssentialContainerExited: Essential container in task exited; worker exit code 137: …`. */
function stoppedReasonOf(task: Task): string {
  const head = [task.stopCode, task.stoppedReason].filter(Boolean).join(": ");
  const parts = [head, ...(task.containers ?? []).map(containerReason)].filter(Boolean);
  return parts.length > 0 ? parts.join("; ") : "no reason given";
}

function containerReason({ name, exitCode, reason }: Container): string {
  if (exitCode === undefined && !reason) return "";
  const end = exitCode === undefined ? "did not start" : `exit code ${exitCode}`;
  return `${name ?? "container"} ${end}${reason ? `: ${reason}` : ""}`;
}
