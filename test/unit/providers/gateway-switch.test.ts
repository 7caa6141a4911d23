import { type ECSClient, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { describe, expect, test } from "vitest";
import { createGatewaySwitch } from "#adapters/providers/ecs/gateway-switch.ts";

/** A switch whose SDK gives this answer, or throws this error, and the commands it was sent. */
function switchThatHears(answer: object) {
  const sent: object[] = [];
  const send = async (command: object) => {
    sent.push(command);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const client = { send } as unknown as ECSClient;
  const gateways = createGatewaySwitch({
    cluster: "jobs",
    service: "gateway",
    region: "eu-west-1",
    client,
  });
  return { gateways, sent };
}

describe("the switch of the gateways", () => {
  test.each([0, 2])("tells that %i are wanted", async (desiredCount) => {
    const { gateways } = switchThatHears({ services: [{ desiredCount }] });
    expect(await gateways.wanted()).toBe(desiredCount);
  });

  test("does not take a missing service for a sleeping one", async () => {
    const { gateways } = switchThatHears({ services: [], failures: [{ reason: "MISSING" }] });
    await expect(gateways.wanted()).rejects.toMatchObject({
      kind: "bad-request",
      message: "there is no service gateway",
    });
  });

  test("asks for a count of this service only", async () => {
    const { gateways, sent } = switchThatHears({});
    await gateways.want(0);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toBeInstanceOf(UpdateServiceCommand);
    expect(sent[0]).toMatchObject({
      input: { cluster: "jobs", service: "gateway", desiredCount: 0 },
    });
  });

  test("tells what kind of refusal it was", async () => {
    const refusal = Object.assign(new Error("slow down"), { name: "ThrottlingException" });
    const { gateways } = switchThatHears(refusal);
    await expect(gateways.want(1)).rejects.toMatchObject({ kind: "throttled" });
    await expect(gateways.wanted()).rejects.toMatchObject({ kind: "throttled" });
  });
});
