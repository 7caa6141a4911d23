import { limits } from "../../../core/domain/limits.ts";
import type { GraphReader } from "../offline/graph.ts";
import { type Check, unless } from "./check.ts";

interface Container {
  readonly stopTimeout: number;
}

const stopSeconds = (graph: GraphReader, name: string): number => {
  const definition = graph.one("aws:ecs/taskDefinition:TaskDefinition", name);
  const [container] = JSON.parse(definition.inputs.containerDefinitions) as Container[];
  return container?.stopTimeout ?? 0;
};

const timeoutOf = (graph: GraphReader, name: string): number =>
  graph.one("aws:lambda/function:Function", `${name}Function`).inputs.timeout;

/** Each relation once: the sum of what must fit on the left, the room for it on the right. */
export const timeoutsFit: Check = {
  name: "what must fit into something else fits",
  problems({ graph }) {
    const queue = graph.one("aws:sqs/queue:Queue", "WakeQueue").inputs;
    const drainSeconds = (limits.gatewayDrainMs + limits.gatewayFinishCallsMs) / 1000;
    const target = graph.ofType("aws:lb/targetGroup:TargetGroup")[0]?.inputs;
    const fits = (what: string, small: number, large: number) =>
      unless(small <= large, `${what}: ${small} s do not fit into ${large} s`);
    return [
      ...fits(
        "six times the wake function in the queue's visibility",
        6 * timeoutOf(graph, "Wake"),
        queue.visibilityTimeoutSeconds,
      ),
      ...fits("the tick's budget", limits.tickBudgetMs / 1000, timeoutOf(graph, "Tick") - 10),
      ...fits("a tick before the next", timeoutOf(graph, "Tick"), limits.tickPeriodMs / 1000),
      ...fits("the API in API Gateway's patience", timeoutOf(graph, "Http"), 29),
      ...fits("a long poll in the API", limits.watchSeconds + 5, timeoutOf(graph, "Http")),
      ...fits("the gateway's drain in its stop", drainSeconds + 10, stopSeconds(graph, "Gateway")),
      ...(target
        ? fits(
            "the gateway's stop in the balancer's delay",
            stopSeconds(graph, "Gateway"),
            target.deregistrationDelay - 1,
          )
        : []),
      ...fits(
        "the longest grace in the worker's stop",
        limits.terminationGraceSecondsMax + 10,
        stopSeconds(graph, "Worker"),
      ),
      ...fits(
        "three heartbeats in a lease",
        (3 * limits.heartbeatPeriodMs) / 1000,
        limits.leaseMs / 1000,
      ),
      ...fits(
        "a launch and a registration in a token's life",
        (limits.registerDeadlineMs + limits.connectDeadlineMs) / 1000,
        limits.tokenLifetimeMs / 1000,
      ),
    ];
  },
};

export const clocksTick: Check = {
  name: "the tick runs every minute and the sweep at its period, one at a time, and nothing repeats them",
  problems({ graph, isProduction }) {
    const schedule = (name: string) => graph.one("aws:scheduler/schedule:Schedule", name).inputs;
    const expected: Record<string, string> = {
      Tick: "rate(1 minute)",
      Sweep: `rate(${limits.sweepPeriodMs / 60_000} minutes)`,
    };
    return Object.entries(expected).flatMap(([name, expression]) => {
      const { scheduleExpression, state, target } = schedule(name);
      const { reservedConcurrentExecutions: reserved } = graph.one(
        "aws:lambda/function:Function",
        `${name}Function`,
      ).inputs;
      return [
        ...unless(scheduleExpression === expression, `${name}: ${scheduleExpression}`),
        ...unless(state === "ENABLED", `${name} is ${state}`),
        ...unless(target.retryPolicy.maximumRetryAttempts === 0, `${name} is repeated`),
        ...unless((reserved === 1) === isProduction, `${name}: ${reserved} at once`),
      ];
    });
  },
};
