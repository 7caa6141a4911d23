import { randomUUID } from "node:crypto";
import type { EventBridgeEvent, ScheduledEvent } from "aws-lambda";
import type { Log } from "#core/ports/log.ts";

type TaskEvent = EventBridgeEvent<"ECS Task State Change", Readonly<Record<string, unknown>>>;

export interface Targets {
  readonly tick: (event: ScheduledEvent) => Promise<void>;
  readonly ecsTaskChanged: (event: TaskEvent) => Promise<void>;
}

/** Plays EventBridge: the schedule of the tick, and the rule that delivers ECS task events. */
export function startEventBridge(targets: Targets, tickMs: number, log: Log) {
  const running = new Set<Promise<void>>();
  const invoke = (what: string, run: () => Promise<void>) => {
    const call: Promise<void> = run()
      .catch((err) => log.error({ target: what, err }, "a target failed; EventBridge would retry"))
      .finally(() => running.delete(call));
    running.add(call);
  };
  const tick = () => invoke("tick", () => targets.tick(scheduledEvent()));
  const timer = setInterval(tick, tickMs);
  tick();
  return {
    /** One more tick, now. */
    tick,
    publish: (event: TaskEvent) => invoke("ecs-task-changed", () => targets.ecsTaskChanged(event)),
    close: async () => {
      clearInterval(timer);
      await Promise.all(running);
    },
  };
}

const scheduledEvent = (): ScheduledEvent => ({
  version: "0",
  id: randomUUID(),
  "detail-type": "Scheduled Event",
  source: "aws.scheduler",
  account: "000000000000",
  time: new Date().toISOString(),
  region: process.env.AWS_REGION ?? "",
  resources: [],
  detail: {},
});
