import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { EcsConfig } from "#adapters/providers/ecs/ecs-config.ts";
import { createEcsProvider } from "#adapters/providers/ecs/provider.ts";
import type { LaunchRequest } from "#core/ports/provider.ts";
import { startEcsFixture, taskPrints } from "./ecs-fixture.ts";
import { providerExam } from "./provider.exam.ts";

const config: EcsConfig = {
  cluster: "hodei",
  taskDefinition: "worker",
  family: "worker",
  containerName: "worker",
  subnets: ["subnet-a", "subnet-b"],
  securityGroups: ["sg-1"],
  assignPublicIp: false,
  region: "eu-west-1",
};

const NO_RATES = { burst: 10_000, perSecond: 10_000 };
const rates = { runTask: NO_RATES, launch: NO_RATES, modify: NO_RATES, read: NO_RATES };
const CAPACITY =
  "Capacity is unavailable at this time. Please try again later or in a different availability zone";

providerExam("ECS", async () => {
  const { emulator, client } = await startEcsFixture("exec sleep 3600", { rates });
  const { faults } = emulator;
  return {
    provider: createEcsProvider(config, client),
    noCapacity: (times) => faults.failures(CAPACITY, times),
    throttle: (times) => faults.throttle(times),
    outOfOrder: (times) => faults.serverError(times),
    loseAnswer: (times) => faults.loseAnswer(times),
    dieAtStart: (times) => faults.dieBeforeRegister(times),
    interrupt: (externalId) => faults.interrupt(externalId),
    providerAfterDeployment: () =>
      createEcsProvider({ ...config, securityGroups: ["sg-2"] }, client),
    close: () => emulator.close(0),
  };
});

const request: LaunchRequest = {
  workerId: "w-1",
  launchToken: "launch-1",
  installId: "install",
  profile: "small",
  cpuMillis: 1000,
  memoryMib: 3000,
  spot: false,
  subnetOffset: 1,
  environment: { HODEI_SERVER: "gateway:50051" },
};

describe("ECS", () => {
  test("gives the worker its secret and its id under both names", async () => {
    const ecs = await startEcsFixture("env; echo END; exec sleep 3600");
    const { externalId } = await createEcsProvider(config, ecs.client).launch(request, "secret-1");
    const [environment] = await taskPrints(ecs.stateDir, externalId, /[\s\S]*END/);
    for (const line of [
      "HODEI_OTP_TOKEN=secret-1",
      "HODEI_TOKEN=secret-1",
      "HODEI_WORKER_ID=w-1",
      "WORKER_ID=w-1",
      "HODEI_SERVER=gateway:50051",
    ]) {
      expect(environment).toContain(line);
    }
  });

  test("makes a client of its own, led by the environment, and survives a lost answer", async () => {
    const { emulator } = await startEcsFixture("exec sleep 3600");
    vi.stubEnv("AWS_ENDPOINT_URL_ECS", emulator.url);
    vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
    onTestFinished(() => void vi.unstubAllEnvs());
    const provider = createEcsProvider(config);
    emulator.faults.loseAnswer();
    const { externalId } = await provider.launch(request, "secret");
    expect((await provider.list()).map((machine) => machine.externalId)).toEqual([externalId]);
  });

  test("calls a machine missing while it is too young, and launches no second one", async () => {
    const ecs = await startEcsFixture("exec sleep 3600", { consistencyDelayMs: 3_600_000 });
    const provider = createEcsProvider(config, ecs.client);
    const { externalId } = await provider.launch(request, "secret");
    expect(await provider.describe([externalId])).toEqual([{ externalId, state: "missing" }]);
    expect(await provider.find("install", "w-1")).toEqual([]);
    expect(await provider.launch(request, "secret")).toEqual({ externalId });
  });

  test("is unavailable when nobody listens", async () => {
    const ecs = await startEcsFixture("exec sleep 3600");
    const provider = createEcsProvider(config, ecs.client);
    await ecs.emulator.close(0);
    await expect(provider.list()).rejects.toMatchObject({ kind: "unavailable" });
    await expect(provider.launch(request, "secret")).rejects.toMatchObject({ kind: "unavailable" });
  });

  test("still finds a machine that was told to stop and has not ended", async () => {
    const deaf = "trap '' TERM; echo deaf; while :; do sleep 0.05; done";
    const ecs = await startEcsFixture(deaf);
    const provider = createEcsProvider(config, ecs.client);
    const { externalId } = await provider.launch(request, "secret");
    await taskPrints(ecs.stateDir, externalId, /deaf/);
    await provider.stop(externalId, "idle");
    const [machine] = await provider.find("install", "w-1");
    expect(machine).toMatchObject({
      externalId,
      state: "stopping",
      stoppedReason: "UserInitiated: idle",
    });
  });

  test("refuses a cluster that does not exist as a bad request", async () => {
    const ecs = await startEcsFixture("exec sleep 3600");
    const provider = createEcsProvider({ ...config, cluster: "nope" }, ecs.client);
    await expect(provider.list()).rejects.toMatchObject({ kind: "bad-request" });
  });
});
