import type { EventBridgeEvent } from "aws-lambda";
import { reconcile } from "#core/application/reconcile.ts";
import { lookAtWorkers } from "#core/application/watch-machines.ts";
import { composeReconcile } from "../compose-reconcile.ts";

interface TaskDetail {
  readonly taskArn?: string;
  readonly lastStatus?: string;
}

const connected = composeReconcile("ecs-task-changed");

/**
 * ECS says that a task changed. The event is a hint (duplicated, reordered, late or lost without
 * harm): the machine is looked up again, and what follows from it is reconciled.
 */
export async function handler(
  event: EventBridgeEvent<"ECS Task State Change", TaskDetail>,
): Promise<void> {
  if (event.detail.lastStatus !== "STOPPED") return;
  const { deps, flush } = await connected();
  try {
    const fleet = await deps.store.fleet();
    const named = fleet.filter(({ externalId }) => externalId === event.detail.taskArn);
    await lookAtWorkers(deps, named);
    await reconcile(deps);
  } finally {
    flush();
  }
}
