import { setTimeout as pause } from "node:timers/promises";
import { limits } from "#core/domain/limits.ts";
import type { Hub } from "./hub.ts";
import type { GrpcServer } from "./server.ts";

const LOOK_MS = 50;

/**
 * Leaves without losing a stream: health turns, no stream is taken any more, every worker is told
 * to attach elsewhere by an application message (not GOAWAY: grpc-js drops draining streams at the
 * next ping), and what is still here when the time is up is ended. What was received is committed
 * first. The original's workers know no such message: an idle one is ended at once, a busy one
 * after its result, which it would not repeat. Calls in flight then get time to be answered.
 */
export async function drain(
  hub: Hub,
  server: GrpcServer,
  withinMs: number = limits.gatewayDrainMs,
): Promise<void> {
  server.notServing();
  hub.leave();
  const value = { withinMs: limits.reconnectWithinMs };
  for (const session of hub.sessions.all())
    if (!session.isOriginal) session.outbox.send({ $case: "reconnect", value });
  const until = performance.now() + withinMs;
  while (hub.sessions.size > 0 && performance.now() < until) {
    endIdleOriginals(hub);
    await pause(LOOK_MS);
  }
  await hub.stop();
  for (const session of [...hub.sessions.all()]) session.outbox.end();
  await server.close(limits.gatewayFinishCallsMs);
}

function endIdleOriginals(hub: Hub): void {
  for (const session of [...hub.sessions.all()])
    if (session.isOriginal && session.current === null) session.outbox.end();
}
