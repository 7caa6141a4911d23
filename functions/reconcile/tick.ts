import type { ScheduledEvent } from "aws-lambda";
import { reconcile } from "#core/application/reconcile.ts";
import { isAsleep, sleepOrWake } from "#core/application/sleep.ts";
import { limits } from "#core/domain/limits.ts";
import { composeGateways, composeReconcile } from "../compose-reconcile.ts";

const gateways = composeGateways();
const connected = composeReconcile("tick", gateways);

/**
 * EventBridge, once a minute: the net below every hint. Carries nothing, looks at everything; at nothing
 * while the stage sleeps, but for one look in a while, because a wake can be lost.
 */
export async function handler(event: ScheduledEvent): Promise<void> {
  if ((await isAsleep({ gateways: gateways() })) && !isTimeToLook(event.time)) return;
  const { deps, sleep, flush } = await connected();
  try {
    await reconcile(deps);
    await sleepOrWake(sleep);
  } finally {
    flush();
  }
}

/** true in one minute of each period, by the instant that the clock says it called at. */
function isTimeToLook(time: string | undefined): boolean {
  const at = time === undefined ? Date.now() : Date.parse(time);
  return at % limits.sleepLookPeriodMs < limits.tickPeriodMs;
}
