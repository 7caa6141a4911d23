import type { ScheduledEvent } from "aws-lambda";
import { reconcile } from "#core/application/reconcile.ts";
import { composeReconcile } from "../compose.ts";

const connected = composeReconcile("tick");

/** EventBridge, once a minute: the net below every hint. Carries nothing, looks at everything. */
export async function handler(_event: ScheduledEvent): Promise<void> {
  const { deps, flush } = await connected();
  try {
    await reconcile(deps);
  } finally {
    flush();
  }
}
