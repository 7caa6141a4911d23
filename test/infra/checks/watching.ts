import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../offline/evaluate-stage.ts";
import { type Check, unless } from "./check.ts";

const EVERYWHERE = [
  ...["DatabaseFull", "DeadLetters", "LaunchesFail", "ReconcileLag"],
  ...["TickFails", "TickStopped", "WakeQueueAge", "WorkersLost"],
];

export const alarmsAreWired: Check = {
  name: "every alarm is there, tells somebody, measures something of ours, and is in the guide",
  problems({ graph, isProduction }) {
    const expected = [...EVERYWHERE, ...(isProduction ? ["GatewaysFew"] : [])].sort();
    const alarms = graph.ofType("aws:cloudwatch/metricAlarm:MetricAlarm");
    const topic = graph.one("aws:sns/topic:Topic").made.arn;
    const guide = readFileSync(join(ROOT, "docs/operate/alarms.md"), "utf8");
    const names = alarms.map(({ name }) => name).sort();
    return [
      ...unless(JSON.stringify(names) === JSON.stringify(expected), `alarms: ${names.join(", ")}`),
      ...alarms.flatMap(({ name, inputs }) => [
        ...unless(
          JSON.stringify(inputs.alarmActions) === JSON.stringify([topic]),
          `${name} is mute`,
        ),
        ...unless(guide.includes(`## ${name}\n`), `docs/operate/alarms.md has no ${name}`),
        ...unless(Object.keys(inputs.dimensions ?? {}).length > 0, `${name} is of no one thing`),
      ]),
    ];
  },
};

export const budgetIsSet: Check = {
  name: "a budget of the stage, larger the more the stage matters",
  problems({ graph, isProduction, name }) {
    const budget = graph.one("aws:budgets/budget:Budget").inputs;
    const usd = isProduction ? "500" : name === "staging" ? "100" : "20";
    return [
      ...unless(budget.limitAmount === usd, `${budget.limitAmount} USD`),
      ...unless(
        JSON.stringify(budget.costFilters).includes(`user:sst:stage$${name}`),
        "of another stage",
      ),
    ];
  },
};
