import type { ECSClient } from "@aws-sdk/client-ecs";
import { describe, expect, test } from "vitest";
import type { EcsConfig } from "#adapters/providers/ecs/ecs-config.ts";
import { createEcsProvider } from "#adapters/providers/ecs/provider.ts";
import type { LaunchRequest } from "#core/ports/provider.ts";

const config: EcsConfig = {
  cluster: "jobs",
  taskDefinition: "worker",
  family: "worker",
  containerName: "worker",
  subnets: ["subnet-a"],
  securityGroups: [],
  assignPublicIp: false,
  region: "eu-west-1",
};

const request: LaunchRequest = {
  workerId: "w-1",
  launchToken: "launch-1",
  installId: "install",
  profile: "small",
  cpuMillis: 250,
  memoryMib: 512,
  spot: false,
  subnetOffset: 0,
  environment: {},
};

/** A provider whose SDK gives this answer, or throws this error. */
function providerThatHears(answer: object) {
  const send = async () => {
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return createEcsProvider(config, { send } as unknown as ECSClient);
}

describe("the ECS provider", () => {
  test("never repeats the secret that ECS quotes", async () => {
    const quoting = Object.assign(new Error("bad value one-shot-secret in overrides"), {
      name: "InvalidParameterException",
    });
    const error = await providerThatHears(quoting)
      .launch(request, "one-shot-secret")
      .catch((e) => e);
    expect(error.message).toBe("InvalidParameterException: bad value [secret] in overrides");
    expect(error.kind).toBe("bad-request");
  });

  test("takes an answer with failures for a failure", async () => {
    const full = { tasks: [], failures: [{ reason: "RESOURCE:MEMORY" }] };
    await expect(providerThatHears(full).launch(request, "secret")).rejects.toMatchObject({
      kind: "no-capacity",
      message: "RESOURCE:MEMORY",
    });
  });

  test.each([
    ["silence", { tasks: [], failures: [] }],
    ["a failure of another kind", { tasks: [], failures: [{ arn: "arn:1", reason: "BUSY" }] }],
  ])("never takes %s for a missing machine", async (_what, answer) => {
    await expect(providerThatHears(answer).describe(["arn:1"])).rejects.toMatchObject({
      kind: "unavailable",
    });
  });
});
