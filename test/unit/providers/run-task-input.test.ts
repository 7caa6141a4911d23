import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EcsConfig } from "#adapters/providers/ecs/ecs-config.ts";
import { runTaskInput } from "#adapters/providers/ecs/run-task-input.ts";
import type { LaunchRequest } from "#core/ports/provider.ts";

const config: EcsConfig = {
  cluster: "jobs",
  taskDefinition: "worker:7",
  family: "worker",
  containerName: "agent",
  subnets: ["subnet-a", "subnet-b", "subnet-c"],
  securityGroups: ["sg-1"],
  assignPublicIp: true,
  region: "eu-west-1",
};

const request: LaunchRequest = {
  workerId: "0198c1e2-worker",
  launchToken: "0198c1e2-launch",
  installId: "prod_1",
  profile: "small",
  cpuMillis: 500,
  memoryMib: 1024,
  spot: false,
  subnetOffset: 0,
  environment: { ZONE: "z", HODEI_SERVER: "gateway:50051" },
};

const subnetsOf = (subnetOffset: number) =>
  runTaskInput({ ...request, subnetOffset }, "secret", config).networkConfiguration
    ?.awsvpcConfiguration?.subnets;

describe("runTaskInput", () => {
  test("asks for one task, named by its token and by who asked", () => {
    expect(runTaskInput(request, "secret", config)).toEqual({
      cluster: "jobs",
      taskDefinition: "worker:7",
      count: 1,
      clientToken: "0198c1e2-launch",
      startedBy: "hodei/prod_1/0198c1e2-worker",
      launchType: "FARGATE",
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: ["subnet-a", "subnet-b", "subnet-c"],
          securityGroups: ["sg-1"],
          assignPublicIp: "ENABLED",
        },
      },
      overrides: {
        cpu: "512",
        memory: "1024",
        containerOverrides: [
          {
            name: "agent",
            environment: [
              { name: "HODEI_OTP_TOKEN", value: "secret" },
              { name: "HODEI_SERVER", value: "gateway:50051" },
              { name: "HODEI_TOKEN", value: "secret" },
              { name: "HODEI_WORKER_ID", value: "0198c1e2-worker" },
              { name: "WORKER_ID", value: "0198c1e2-worker" },
              { name: "ZONE", value: "z" },
            ],
          },
        ],
      },
      propagateTags: "TASK_DEFINITION",
      tags: [
        { key: "hodei:install", value: "prod_1" },
        { key: "hodei:profile", value: "small" },
        { key: "hodei:worker", value: "0198c1e2-worker" },
      ],
    });
  });

  test("reaches Spot through its capacity provider alone", () => {
    const input = runTaskInput({ ...request, spot: true }, "secret", config);
    expect(input.capacityProviderStrategy).toEqual([
      { capacityProvider: "FARGATE_SPOT", weight: 1 },
    ]);
    expect(input).not.toHaveProperty("launchType");
  });

  test("begins with another subnet at another offset", () => {
    expect(subnetsOf(1)).toEqual(["subnet-b", "subnet-c", "subnet-a"]);
    expect(subnetsOf(5)).toEqual(["subnet-c", "subnet-a", "subnet-b"]);
  });

  test("does not let the environment replace the worker's identity", () => {
    const environment = { HODEI_TOKEN: "forged", WORKER_ID: "forged" };
    const input = runTaskInput({ ...request, environment }, "secret", config);
    expect(JSON.stringify(input)).not.toContain("forged");
  });

  test("gives the same bytes for the same row, in whatever order its keys were read", () => {
    const entries = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[A-Z_]{1,8}$/), fc.string()), {
      selector: ([name]) => name,
      maxLength: 20,
    });
    fc.assert(
      fc.property(entries, (given) => {
        const bytes = (list: typeof given) =>
          JSON.stringify(
            runTaskInput({ ...request, environment: Object.fromEntries(list) }, "secret", config),
          );
        expect(bytes(given.toReversed())).toBe(bytes(given));
      }),
    );
  });

  test.each([
    ["a worker id with a slash", { workerId: "a/b" }],
    ["an empty install id", { installId: "" }],
    ["a startedBy beyond 128 characters", { workerId: "w".repeat(120) }],
    ["a launch token beyond 64 characters", { launchToken: "t".repeat(65) }],
    ["a launch token with a space", { launchToken: "a b" }],
    ["overrides beyond 8192 characters", { environment: { A: "x".repeat(8000) } }],
    ["a machine nobody sells", { cpuMillis: 64_000 }],
  ])("refuses %s before ECS does", (_what, fields) => {
    expect(() => runTaskInput({ ...request, ...fields }, "secret", config)).toThrow(
      expect.objectContaining({ kind: "bad-request" }),
    );
  });

  test("takes overrides of exactly 8192 characters and not one more", () => {
    const withFill = (chars: number) =>
      runTaskInput({ ...request, environment: { A: "x".repeat(chars) } }, "secret", config);
    const fixed = JSON.stringify(withFill(0).overrides).length;
    expect(JSON.stringify(withFill(8192 - fixed).overrides)).toHaveLength(8192);
    expect(() => withFill(8193 - fixed)).toThrow("overrides of 8193 characters");
  });
});
