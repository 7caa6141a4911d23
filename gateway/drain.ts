import { setTimeout as pause } from "node:timers/promises";
import { limits } from "#core/domain/limits.ts";
import type { Hub } from "./hub.ts";
import type { GrpcServer } from "./server.ts";

const LOOK_MS = 50;

/**
 * Leaves without losing a stream: health turns, every worker is told to attach elsewhere by an
 * application message (not GOAWAY: grpc-js drops draining streams at the next ping), and what is
 * still here when the time is up is ended. Results already received are committed first.
 */
export async function drain(hub: Hub, server: GrpcServer): Promise<void> {
  server.notServing();
  const value = { withinMs: limits.reconnectWithinMs };
  for (const session of hub.sessions.all())
    if (session.isOriginal) session.outbox.end();
    else session.outbox.send({ $case: "reconnect", value });
  const until = performance.now() + limits.gatewayDrainMs;
  while (hub.sessions.size > 0 && performance.now() < until) await pause(LOOK_MS);
  await hub.stop();
  server.close();
}
