import type { ScheduledEvent } from "aws-lambda";
import { isAsleep } from "#core/application/sleep.ts";
import { sweepMachines, sweepRows } from "#core/application/sweep.ts";
import { composeGateways, composeReconcile } from "../compose-reconcile.ts";

const gateways = composeGateways();
const connected = composeReconcile("sweep", gateways);

/** Machines against rows, and rows past their time; also part of the tick, here on its own clock. */
export async function handler(_event: ScheduledEvent): Promise<void> {
  if (await isAsleep({ gateways: gateways() })) return; // the tick looks now and then
  const { deps, flush } = await connected();
  try {
    await sweepRows(deps);
    await sweepMachines(deps);
  } finally {
    flush();
  }
}
