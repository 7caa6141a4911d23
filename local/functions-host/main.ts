import { createLogger } from "#adapters/telemetry/logger.ts";
import { handler as ecsTaskChanged } from "../../functions/consumers/ecs-task-changed.ts";
import { handler as wake } from "../../functions/consumers/wake.ts";
import { handler as http } from "../../functions/http/handler.ts";
import { handler as tick } from "../../functions/reconcile/tick.ts";
import { startApiGateway } from "./api-gateway.ts";
import { startEventBridge } from "./event-bridge.ts";
import { startEventSource } from "./event-source.ts";

/**
 * The process that plays Lambda's surroundings: a front that plays API Gateway, a clock that plays
 * EventBridge, a poller that plays the SQS event source. All build real event objects and call the
 * handlers that are deployed.
 */
const log = createLogger("functions-host", process.env.HODEI_LOG_LEVEL);

const front = await startApiGateway(http, Number(process.env.HODEI_LOCAL_HTTP_PORT ?? 0), log);
const clock = startEventBridge(
  { tick, ecsTaskChanged },
  Number(process.env.HODEI_LOCAL_TICK_MS ?? 60_000),
  log,
);
const source = startEventSource(wake, process.env.HODEI_WAKE_QUEUE_URL ?? "", log);

process.on("message", (message: { kind?: string; event?: never }) => {
  if (message.kind === "ecs-event" && message.event) clock.publish(message.event);
  if (message.kind === "tick") clock.tick();
});
process.on("disconnect", () => process.exit(1));
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void leave());

async function leave(): Promise<void> {
  await Promise.all([front.close(), clock.close(), source.close()]);
  process.exit(0);
}

process.send?.({ kind: "ready", ports: { http: front.port } });
