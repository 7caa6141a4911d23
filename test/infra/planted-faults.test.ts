import { expect, it, onTestFinished } from "vitest";
import { ALL_CHECKS } from "./checks/all-checks.ts";
import { type PlantedFault, plantFault } from "./planted-checkout.ts";
import { skipWithoutComponents } from "./skip-without-components.ts";
import { evaluatedStage } from "./stage-fixture.ts";

skipWithoutComponents();

interface Case extends PlantedFault {
  readonly fault: string;
  /** The check that must find it. */
  readonly check: string;
}

const CASES: readonly Case[] = [
  {
    fault: "a function may do everything with the queue",
    ...{ file: "infra/grants.ts", from: '["sqs:SendMessage"]', to: '["sqs:*"]' },
    check: "no action and no resource is a *, but where AWS takes nothing else",
  },
  {
    fault: "a role that may start workers is handed to anybody",
    ...{ file: "infra/reconcile.ts", from: "grants: [...reconciles.grants, ", to: "grants: [" },
    check: "each role may do what infra/grants.ts lists for it, and nothing else",
  },
  {
    fault: "the database can be deleted in production",
    ...{ file: "infra/database.ts", from: "cluster.deletionProtection = isProduction;", to: "" },
    check:
      "Aurora PostgreSQL with the Data API, encrypted, backed up; in production hard to delete",
  },
  {
    fault: "the API is open",
    ...{ file: "infra/api.ts", from: ", { auth: { lambda: keys.id } }", to: "" },
    check: "every route but the health check asks the authoriser; calls are throttled and logged",
  },
  {
    fault: "a message comes back while it is being worked on",
    ...{ file: "infra/wake-queue.ts", from: "6 * limits", to: "limits" },
    check: "what must fit into something else fits",
  },
  {
    fault: "ECS kills the gateway before it has drained",
    ...{
      file: "core/domain/limits.ts",
      from: "gatewayStopSeconds: 60",
      to: "gatewayStopSeconds: 20",
    },
    check: "what must fit into something else fits",
  },
  {
    fault: "messages that nobody can read come back for ever",
    ...{
      file: "infra/wake-queue.ts",
      from: "dlq: { queue: deadLetters.arn, retry: RECEIVES_MAX },",
      to: "",
    },
    check: "wakes that fail five times are kept for two weeks, and a batch fails one by one",
  },
  {
    fault: "a function lacks a variable",
    ...{ file: "infra/environment.ts", from: "HODEI_WAKE_QUEUE_URL: wakeQueue.url,", to: "" },
    check: "every program can read its environment",
  },
  {
    fault: "the password of the database stands in an environment",
    ...{
      file: "infra/environment.ts",
      from: "HODEI_DB_NAME: DATABASE_NAME,",
      to: "HODEI_DB_NAME: DATABASE_NAME, HODEI_DB_PASSWORD: database.password,",
    },
    check: "no password and no key stands in an environment",
  },
  {
    fault: "anybody reaches the workers",
    ...{
      file: "infra/network.ts",
      from: 'description: "Workers: no way in",',
      to: 'description: "Workers", ingress: everywhere,',
    },
    check: "workers take no connection, and the gateway and the database only from where they must",
  },
  {
    fault: "an alarm tells nobody",
    ...{ file: "infra/alarms.ts", from: "alarmActions: [topic.arn],", to: "" },
    check: "every alarm is there, tells somebody, measures something of ours, and is in the guide",
  },
  {
    fault: "gRPC is plain text behind the load balancer",
    ...{ file: "infra/gateway.ts", from: 'target.protocolVersion = "GRPC";', to: "" },
    check: "gRPC is TLS inside and outside, with a key that only ECS hands over",
  },
  {
    fault: "the functions do not wait for the migrations",
    ...{ file: "infra/lambda-function.ts", from: "{ dependsOn: of.dependsOn ?? [] }", to: "{}" },
    check: "migrations run once the database answers, and before everything that needs them",
  },
];

it.each(CASES.map((each) => [each.fault, each] as const))("finds that %s", async (_, planted) => {
  const checkout = plantFault(planted);
  onTestFinished(() => checkout.remove());
  const check = ALL_CHECKS.find((each) => each.name === planted.check);
  const evaluated = await evaluatedStage("production", checkout.root);
  expect(check?.problems(evaluated)).not.toEqual([]);
});
