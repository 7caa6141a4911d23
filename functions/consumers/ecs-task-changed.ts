import type { EventBridgeEvent } from "aws-lambda";
import { reconcile } from "#core/application/reconcile.ts";
import { lookAtWorkers } from "#core/application/watch-machines.ts";
import { composeReconcile } from "../compose-reconcile.ts";

interface TaskDetail {
  readonly taskArn?: string;
  readonly lastStatus?: string;
}

const connected = composeReconcile("ecs-task-changed");

/** ECS says that a task changed. */
export const handler = createTaskHandler(async (taskArn) => {
  const { deps, flush } = await connected();
  try {
    const fleet = await deps.store.fleet();
    const named = fleet.filter(({ externalId }) => externalId === taskArn);
    await lookAtWorkers(deps, named);
    await reconcile(deps);
  } finally {
    flush();
  }
});

/**
 * The event is a hint (duplicated, reordered, late or lost without harm): the machine of a task that
 * stopped is looked up again, and what follows from it is reconciled. What names no task says nothing.
 */
export function createTaskHandler(look: (taskArn: string) => Promise<void>) {
  return async (event: EventBridgeEvent<"ECS Task State Change", TaskDetail>): Promise<void> => {
    const { taskArn, lastStatus } = event?.detail ?? {};
    if (lastStatus === "STOPPED" && typeof taskArn === "string") await look(taskArn);
  };
}
