import type { ScheduledEvent } from "aws-lambda";
import { sweepMachines, sweepRows } from "#core/application/sweep.ts";
import { composeReconcile } from "../compose.ts";

const connected = composeReconcile("sweep");

/** Machines against rows, and rows past their time; also part of the tick, here on its own clock. */
export async function handler(_event: ScheduledEvent): Promise<void> {
  const { deps, flush } = await connected();
  try {
    await sweepRows(deps);
    await sweepMachines(deps);
  } finally {
    flush();
  }
}
