import { randomUUID } from "node:crypto";
import { credentials } from "@grpc/grpc-js";
import { expect, onTestFinished, test } from "vitest";
import {
  type GetProviderResponse,
  type GetProviderStatsResponse,
  ListProvidersRequest,
  type ListProvidersResponse,
  ProviderConfig,
  ProviderManagementServiceClient,
  ProviderStatus,
  ProviderType,
  RegisterProviderRequest,
} from "#proto/hodei/providers.ts";
import { type GatewayFixture, startGateway } from "../../support/gateway-fixture.ts";
import { statusOf, unary } from "../../support/scripted-worker.ts";

function providers(gateway: GatewayFixture) {
  const address = `127.0.0.1:${gateway.port}`;
  const client = new ProviderManagementServiceClient(address, credentials.createInsecure());
  onTestFinished(() => client.close());
  const of = async (call: Promise<{ provider?: ProviderConfig | undefined }>) =>
    (await call).provider;
  return {
    register: (request: Partial<RegisterProviderRequest>) =>
      of(
        unary((callback) =>
          client.registerProvider(RegisterProviderRequest.fromPartial(request), callback),
        ),
      ),
    get: (providerId: string) =>
      of(unary<GetProviderResponse>((callback) => client.getProvider({ providerId }, callback))),
    byName: (name: string) =>
      of(unary<GetProviderResponse>((callback) => client.getProviderByName({ name }, callback))),
    list: async (request: Partial<ListProvidersRequest> = {}) => {
      const whole = ListProvidersRequest.fromPartial(request);
      const answer = await unary<ListProvidersResponse>((callback) =>
        client.listProviders(whole, callback),
      );
      return answer.providers;
    },
    update: (provider: ProviderConfig | undefined) =>
      of(unary((callback) => client.updateProvider({ provider }, callback))),
    remove: (providerId: string) =>
      unary<{ success: boolean }>((callback) => client.deleteProvider({ providerId }, callback)),
    enable: (providerId: string) =>
      of(unary((callback) => client.enableProvider({ providerId }, callback))),
    disable: (providerId: string) =>
      of(unary((callback) => client.disableProvider({ providerId }, callback))),
    stats: () =>
      unary<GetProviderStatsResponse>((callback) => client.getProviderStats({}, callback)),
  };
}

const DOCKER = {
  name: "lab",
  providerType: ProviderType.PROVIDER_TYPE_DOCKER,
  typeConfig: {
    config: {
      $case: "docker",
      value: {
        ...{ socketPath: "/run/docker.sock", defaultImage: "w:1", networkMode: "host" },
        ...{ dnsServers: [], labels: { team: "a" } },
      },
    },
  },
} as const;

test("a provider is registered, found by id and name, and kept over gateways", async () => {
  const gateway = await startGateway({ anonymous: "admin" });
  const { register, get } = providers(gateway);
  const made = await register({
    ...DOCKER,
    priority: 3,
    tags: ["t"],
    metadata: { a: "b" },
  } as never);
  expect(made).toMatchObject({
    ...{ name: "lab", providerType: ProviderType.PROVIDER_TYPE_DOCKER, priority: 3 },
    ...{ status: ProviderStatus.PROVIDER_STATUS_ACTIVE, maxWorkers: 10, activeWorkers: 0 },
    ...{ tags: ["t"], metadata: { a: "b" }, typeConfig: DOCKER.typeConfig },
  });
  expect(made?.capabilities).toBeUndefined();
  expect(made?.createdAt).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  expect(await get(made?.id ?? "")).toEqual(made);
  const other = providers(await startGateway({ anonymous: "admin", database: gateway.database }));
  expect(await other.byName("lab")).toEqual(made);
  expect(await other.byName("nobody")).toBeUndefined();
  expect(await other.get(randomUUID())).toBeUndefined();
  expect(await statusOf(other.register({ ...DOCKER } as never))).toBe("ALREADY_EXISTS");
});

test("what is not a provider is refused", async () => {
  const { register, get, update } = providers(await startGateway({ anonymous: "admin" }));
  const refused = (change: object) => statusOf(register({ ...DOCKER, ...change } as never));
  expect(await refused({ name: "" })).toBe("INVALID_ARGUMENT");
  expect(await refused({ name: "x".repeat(254) })).toBe("INVALID_ARGUMENT");
  expect(await refused({ providerType: 0 })).toBe("INVALID_ARGUMENT");
  expect(await refused({ providerType: 12 })).toBe("INVALID_ARGUMENT"); // two things at once
  expect(await refused({ providerType: ProviderType.PROVIDER_TYPE_LAMBDA })).toBe(
    "INVALID_ARGUMENT",
  );
  expect(await refused({ tags: ["a\u0000b"] })).toBe("INVALID_ARGUMENT");
  expect(await refused({ metadata: { big: "x".repeat(40_000) } })).toBe("INVALID_ARGUMENT");
  expect(await statusOf(get("no-uuid"))).toBe("INVALID_ARGUMENT");
  expect(await statusOf(update(undefined))).toBe("INVALID_ARGUMENT");
});

test("providers are listed by type, status and capacity, with their sums", async () => {
  const { register, list, disable, stats } = providers(await startGateway({ anonymous: "admin" }));
  const lab = await register({ ...DOCKER, maxWorkers: 5 } as never);
  await register({ ...DOCKER, name: "full", maxWorkers: 0 } as never);
  const off = await register({
    ...{ name: "off", providerType: ProviderType.PROVIDER_TYPE_EC2, priority: 9 },
  });
  await disable(off?.id ?? "");
  const names = async (request: Partial<ListProvidersRequest> = {}) =>
    (await list(request)).map(({ name }) => name);
  expect(await names()).toEqual(["off", "ecs", "full", "lab"]);
  expect(await names({ providerType: ProviderType.PROVIDER_TYPE_DOCKER })).toEqual(["full", "lab"]);
  expect(await names({ status: ProviderStatus.PROVIDER_STATUS_DISABLED })).toEqual(["off"]);
  expect(await names({ onlyWithCapacity: true })).toEqual(["ecs", "lab"]);
  expect(lab?.maxWorkers).toBe(5);
  expect(await stats()).toEqual({
    ...{ totalProviders: 4, enabledProviders: 3, providersWithCapacity: 2 },
    ...{ totalMaxWorkers: 115, totalActiveWorkers: 0, utilizationPercent: 0 },
  });
});

test("the install's own provider has the workers of its machine profiles", async () => {
  const gateway = await startGateway({ anonymous: "admin" });
  const { byName, stats } = providers(gateway);
  await gateway.worker();
  await gateway.query("update hodei.worker set provider = 'ecs'");
  expect(await byName("ecs")).toMatchObject({
    ...{ providerType: ProviderType.PROVIDER_TYPE_FARGATE, maxWorkers: 100, activeWorkers: 1 },
  });
  expect((await stats()).utilizationPercent).toBe(1);
});

test("an update replaces all that an owner may say", async () => {
  const { register, update, get } = providers(await startGateway({ anonymous: "admin" }));
  const made = ProviderConfig.fromPartial((await register({ ...DOCKER } as never)) as never);
  await register({ ...DOCKER, name: "other" } as never);
  const capabilities = {
    maxResources: { maxCpuCores: 4, maxMemoryBytes: 2 ** 33, maxDiskBytes: 0, maxGpuCount: 1 },
    ...{ gpuSupport: true, gpuTypes: ["a"], architectures: ["amd64"], runtimes: [], regions: [] },
    ...{ maxExecutionTimeSeconds: 3600, persistentStorage: false, customNetworking: true },
  };
  const wanted = {
    ...made,
    ...{ name: "renamed", maxWorkers: 7, activeWorkers: 99, capabilities, preferredRegion: "eu" },
    status: ProviderStatus.PROVIDER_STATUS_MAINTENANCE,
  };
  const changed = await update(wanted);
  expect(changed).toEqual({ ...wanted, activeWorkers: 0, updatedAt: changed?.updatedAt });
  expect(await get(made.id)).toEqual(changed);
  expect(await statusOf(update({ ...wanted, name: "other" }))).toBe("ALREADY_EXISTS");
  expect(await statusOf(update({ ...wanted, id: randomUUID() }))).toBe("NOT_FOUND");
  const type = { providerType: ProviderType.PROVIDER_TYPE_EC2 };
  expect(await statusOf(update({ ...wanted, ...type }))).toBe("INVALID_ARGUMENT");
  expect(await statusOf(update({ ...wanted, status: 77 as ProviderStatus }))).toBe(
    "INVALID_ARGUMENT",
  );
});

test("a disabled provider launches nothing until it is enabled", async () => {
  const gateway = await startGateway({ anonymous: "admin" });
  const { byName, disable, enable } = providers(gateway);
  const id = (await byName("ecs"))?.id ?? "";
  expect((await disable(id))?.status).toBe(ProviderStatus.PROVIDER_STATUS_DISABLED);
  expect((await gateway.store.control()).launching).toBe(false);
  const before = gateway.wakes.length;
  expect((await enable(id))?.status).toBe(ProviderStatus.PROVIDER_STATUS_ACTIVE);
  expect((await gateway.store.control()).launching).toBe(true);
  expect(gateway.wakes.length).toBeGreaterThan(before); // runs may wait for a machine
  expect(await statusOf(enable(randomUUID()))).toBe("NOT_FOUND");
  expect(await statusOf(disable(randomUUID()))).toBe("NOT_FOUND");
});

test("a provider is forgotten, but not the one this install lives on", async () => {
  const { register, byName, remove, update } = providers(
    await startGateway({ anonymous: "admin" }),
  );
  const made = await register({ ...DOCKER } as never);
  expect(await remove(made?.id ?? "")).toEqual({ success: true });
  expect(await byName("lab")).toBeUndefined();
  expect(await remove(made?.id ?? "")).toEqual({ success: true });
  const own = ProviderConfig.fromPartial((await byName("ecs")) as never);
  expect(await statusOf(remove(own.id))).toBe("FAILED_PRECONDITION");
  expect(await statusOf(update({ ...own, name: "mine" }))).toBe("FAILED_PRECONDITION");
  expect((await update({ ...own, priority: 4 }))?.priority).toBe(4);
});
