/**
 * The ECS provider against moto. Of the provider's exam this is what moto can bear; the rest needs
 * what moto does not do (last test), and stays with our own double.
 */
import { RunTaskCommand, StopTaskCommand } from "@aws-sdk/client-ecs";
import { describe, expect, test } from "vitest";
import { createEcsProvider } from "#adapters/providers/ecs/provider.ts";
import { runTaskInput } from "#adapters/providers/ecs/run-task-input.ts";
import type { LaunchRequest } from "#core/ports/provider.ts";
import { createEcsWorld } from "./ecs-world.ts";
import { useDouble } from "./use-double.ts";

const request = (workerId: string, fields: Partial<LaunchRequest> = {}): LaunchRequest => ({
  workerId,
  launchToken: `launch-${workerId}`,
  installId: "install",
  profile: "small",
  cpuMillis: 1000,
  memoryMib: 3000,
  spot: false,
  subnetOffset: 1,
  environment: { HODEI_SERVER: "gateway:50051" },
  ...fields,
});

describe("moto's ECS", () => {
  const moto = useDouble("moto");

  const world = async () => {
    const ecs = await createEcsWorld(moto);
    return { ...ecs, provider: createEcsProvider(ecs.config, ecs.client) };
  };

  test("gets the size, the environment, the tags and the place of a launch", async () => {
    const { provider, task, config, clusterArn } = await world();
    const { externalId } = await provider.launch(request("w-1"), "secret-1");
    const seen = await task(externalId);
    expect(seen).toMatchObject({
      taskArn: externalId,
      clusterArn,
      startedBy: "hodei/install/w-1",
      launchType: "FARGATE",
      overrides: {
        cpu: "1024",
        memory: "3072",
        containerOverrides: [
          {
            name: "worker",
            environment: [
              { name: "HODEI_OTP_TOKEN", value: "secret-1" },
              { name: "HODEI_SERVER", value: "gateway:50051" },
              { name: "HODEI_TOKEN", value: "secret-1" },
              { name: "HODEI_WORKER_ID", value: "w-1" },
              { name: "WORKER_ID", value: "w-1" },
            ],
          },
        ],
      },
      tags: [
        { key: "hodei:install", value: "install" },
        { key: "hodei:profile", value: "small" },
        { key: "hodei:worker", value: "w-1" },
      ],
    });
    expect(seen?.taskDefinitionArn).toMatch(`task-definition/${config.family}:1`);
    const subnet = seen?.attachments?.[0]?.details?.find(({ name }) => name === "subnetId");
    expect(subnet?.value).toBe(config.subnets[1]); // subnetOffset 1
  });

  test("launches on Spot through the capacity provider", async () => {
    const { provider, task } = await world();
    const { externalId } = await provider.launch(request("w-1", { spot: true }), "secret");
    expect(await task(externalId)).toMatchObject({ capacityProviderName: "FARGATE_SPOT" });
  });

  test("shows a machine that runs, and one that was stopped, with the reason", async () => {
    const { provider } = await world();
    const one = await provider.launch(request("w-1"), "secret");
    const two = await provider.launch(request("w-2"), "secret");
    await provider.stop(two.externalId, "idle too long");
    await provider.stop(two.externalId, "idle too long");
    expect(await provider.describe([two.externalId, one.externalId])).toMatchObject([
      {
        externalId: two.externalId,
        installId: "install",
        workerId: "w-2",
        state: "stopped",
        stoppedReason: expect.stringContaining("idle too long"),
        interrupted: false,
      },
      { externalId: one.externalId, workerId: "w-1", state: "running", stoppedReason: null },
    ]);
  });

  test("finds the machines of one worker row, and only while they run", async () => {
    const { provider } = await world();
    const { externalId } = await provider.launch(request("w-1"), "secret");
    await provider.launch(request("w-10"), "secret");
    const found = await provider.find("install", "w-1");
    expect(found.map((machine) => machine.externalId)).toEqual([externalId]);
    expect(await provider.find("other-install", "w-1")).toEqual([]);
    await provider.stop(externalId, "exam");
    expect(await provider.find("install", "w-1")).toEqual([]);
    expect((await provider.list()).map((machine) => machine.workerId)).toEqual(["w-10"]);
  });

  test("lists more machines than one DescribeTasks takes", async () => {
    const { provider } = await world();
    const ids = Array.from({ length: 120 }, (_, i) => `w-${i}`);
    const launched = [];
    for (const id of ids) launched.push((await provider.launch(request(id), "secret")).externalId);
    const listed = (await provider.list()).map((machine) => machine.externalId);
    expect(listed.sort()).toEqual(launched.sort());
  });

  test("refuses a cluster and a task definition that do not exist as bad requests", async () => {
    const { config, client } = await world();
    const nowhere = createEcsProvider({ ...config, cluster: "nope" }, client);
    await expect(nowhere.list()).rejects.toMatchObject({ kind: "bad-request" });
    const nothing = createEcsProvider({ ...config, taskDefinition: "nope" }, client);
    await expect(nothing.launch(request("w-1"), "secret-1")).rejects.toMatchObject({
      kind: "bad-request",
      message: expect.not.stringContaining("secret-1"),
    });
  });

  test("differs from AWS in what the rest of the provider's exam asks for", async () => {
    const { client, config, provider, task } = await world();
    const { externalId } = await provider.launch(request("w-1"), "secret");
    const again = await provider.launch(request("w-1"), "secret");
    const input = runTaskInput(request("w-2"), "secret", config);
    const huge = { ...input, overrides: { ...input.overrides, cpu: "1000000" } };
    const { tasks: unsold } = await client.send(new RunTaskCommand(huge));
    const stranger = `${externalId.slice(0, -4)}0000`;
    const stop = new StopTaskCommand({ cluster: config.cluster, task: stranger });
    await provider.stop(externalId, "exam");
    const stopped = await task(externalId);
    expect({
      heedsClientToken: again.externalId === externalId,
      namesMissingTasks: await provider.describe([stranger]).then(
        () => true,
        () => false,
      ),
      refusesSizesNobodySells: unsold?.length === 0,
      stopOfAStranger: await client.send(stop).catch(({ $metadata }) => $metadata.httpStatusCode),
      saysWhenMade: stopped?.createdAt !== undefined,
      saysWhyStopped: stopped?.stopCode !== undefined,
    }).toEqual({
      heedsClientToken: false, // AWS: the first task again, or ConflictException
      namesMissingTasks: false, // AWS: failures[] with reason MISSING
      refusesSizesNobodySells: false, // AWS: ClientException
      stopOfAStranger: 500, // AWS: InvalidParameterException, 400
      saysWhenMade: false, // AWS: createdAt, always
      saysWhyStopped: false, // AWS: stopCode UserInitiated
    });
  });
});
