import type { WakeHint } from "#adapters/wake/postgres-listen.ts";
import type { Hub } from "./hub.ts";

/** A hint from the database: look at the queue, or at what one gateway has to send. */
export function followHint(hub: Hub, hint: WakeHint): void {
  if (hint.kind === "place") hub.placing.poke();
  else if (hint.gatewayId === hub.deps.gatewayId) hub.dispatching.poke();
}
