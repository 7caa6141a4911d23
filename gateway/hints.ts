import type { WakeHint } from "#adapters/wake/postgres-listen.ts";
import type { Hub } from "./hub.ts";

/** A hint from the database: look at the queue, or at what one gateway has to send. */
export function followHint(hub: Hub, hint: WakeHint): void {
  const forUs = hint.kind !== "dispatch" || hint.gatewayId === hub.deps.gatewayId;
  if (hint.kind !== "dispatch") hub.placing.poke();
  if (hint.kind !== "place" && forUs) hub.dispatching.poke();
}
