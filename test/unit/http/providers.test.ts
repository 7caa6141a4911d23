import { describe, expect, test } from "vitest";
import type {
  ProviderBody,
  ProviderListBody,
  ProviderStatsBody,
} from "#core/domain/spec/provider-api.ts";
import { runIdOf } from "../../support/fakes/fake-control-plane.ts";
import { bodyOf, createTestApp, expectProblem } from "./test-app.ts";

const LAB = {
  ...{ name: "lab", kind: "docker", priority: 5, maxWorkers: 3, tags: ["a"] },
  config: { socketPath: "/var/run/docker.sock", dnsServers: ["10.0.0.1"] },
  capabilities: { maxResources: { maxCpuCores: 1.5 }, architectures: ["arm64"] },
  ...{ metadata: { room: "2" }, preferredRegion: "here" },
};

function createProviderApp() {
  const at = createTestApp({ anonymous: "admin" });
  const send = (method: string, path: string, body?: unknown) =>
    at.app.request(path, {
      method,
      headers: { "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const create = (body: object = LAB) => send("POST", "/v1/providers", body);
  const names = async (query = "") => {
    const { providers } = await bodyOf<ProviderListBody>(send("GET", `/v1/providers${query}`));
    return providers.map(({ name }) => name);
  };
  return { ...at, send, create, names };
}

describe("a provider", () => {
  test("is registered, Active, and read by name and by id", async () => {
    const { create, send } = createProviderApp();
    const response = await create();
    expect(response.status).toBe(201);
    const body = await bodyOf<ProviderBody>(response);
    expect(response.headers.get("location")).toBe(`/v1/providers/${body.id}`);
    expect(body).toEqual({
      ...{ id: runIdOf(0x901), name: "lab", kind: "docker", status: "Active", ofInstall: false },
      ...{ hasCapacity: true, priority: 5, maxWorkers: 3, activeWorkers: 0 },
      capabilities: {
        maxResources: { maxCpuCores: 1.5, maxMemoryBytes: 0, maxDiskBytes: 0, maxGpuCount: 0 },
        ...{ gpuSupport: false, gpuTypes: [], architectures: ["arm64"], runtimes: [], regions: [] },
        ...{ maxExecutionTimeSeconds: null, persistentStorage: false, customNetworking: false },
      },
      config: LAB.config,
      ...{ tags: ["a"], metadata: { room: "2" }, preferredRegion: "here" },
      ...{ allowedRegions: [], requiredLabels: {}, annotations: {} },
      ...{ createdAt: "2026-01-02T03:04:05.000Z", updatedAt: "2026-01-02T03:04:05.000Z" },
    });
    for (const reference of ["lab", body.id, body.id.toUpperCase()])
      expect(await bodyOf(send("GET", `/v1/providers/${reference}`))).toEqual(body);
    await expectProblem(await send("GET", "/v1/providers/none"), 404, "ProviderNotFound");
    await expectProblem(await create(), 409, "ProviderNameTaken");
  });

  test("has defaults for all but its name and kind", async () => {
    const { create } = createProviderApp();
    expect(await bodyOf(create({ name: "x", kind: "custom" }))).toMatchObject({
      ...{ priority: 0, maxWorkers: 10, capabilities: null, config: null, tags: [] },
    });
  });

  test("is kept as gRPC keeps it", async () => {
    const { create, providers } = createProviderApp();
    await create();
    expect([...providers.rows.values()].at(-1)?.document).toEqual({
      typeConfig: { config: { $case: "docker", value: LAB.config } },
      capabilities: { maxResources: { maxCpuCores: 1.5 }, architectures: ["arm64"] },
      ...{ tags: ["a"], metadata: { room: "2" }, preferredRegion: "here" },
      ...{ allowedRegions: [], requiredLabels: {}, annotations: {} },
    });
  });

  test("of gRPC is shown whole", async () => {
    const { send, providers } = createProviderApp();
    const [own] = providers.rows.values();
    if (!own) throw new Error("there is no provider");
    const document = {
      capabilities: { gpuSupport: true, maxExecutionTimeSeconds: 9, maxResources: undefined },
      typeConfig: { config: undefined },
    };
    providers.rows.set(own.id, { ...own, document });
    expect(await bodyOf(send("GET", "/v1/providers/ecs"))).toMatchObject({
      capabilities: { gpuSupport: true, maxExecutionTimeSeconds: 9, maxResources: null },
      config: null,
    });
  });

  test.each([
    ["a list", [], [""]],
    ["nothing said", {}, ["name", "kind"]],
    ["an unknown field", { name: "a", kind: "ec2", tag: [] }, ["tag"]],
    ["a status, which a new one has", { name: "a", kind: "ec2", status: "Disabled" }, ["status"]],
    ["a kind nobody knows", { name: "a", kind: "vm" }, ["kind"]],
    ["an empty name", { name: "", kind: "ec2" }, ["name"]],
    ["a long name", { name: "a".repeat(254), kind: "ec2" }, ["name"]],
    ["a name that no row can hold", { name: "a\0", kind: "ec2" }, ["name"]],
    [
      "fractions",
      { name: "a", kind: "ec2", priority: 0.5, maxWorkers: -1 },
      ["priority", "maxWorkers"],
    ],
    [
      "a number as text",
      { name: "a", kind: "ec2", metadata: { a: 1 }, tags: [2] },
      ["tags[0]", "metadata.a"],
    ],
    [
      "another kind's config",
      { name: "a", kind: "ec2", config: { socketPath: "/" } },
      ["config.socketPath"],
    ],
    ["a config of a kind without", { name: "a", kind: "fargate", config: {} }, ["config"]],
    [
      "too many cores",
      { name: "a", kind: "ec2", capabilities: { maxResources: { maxCpuCores: -1 } } },
      ["capabilities.maxResources.maxCpuCores"],
    ],
    ["too large", { name: "a", kind: "ec2", annotations: { a: "x".repeat(40_000) } }, [""]],
  ])("is refused: %s", async (_, body, paths) => {
    const { create } = createProviderApp();
    const { errors } = await expectProblem(await create(body), 400, "InvalidRequest");
    expect(errors.map(({ path }) => path)).toEqual(paths);
  });

  test("is changed where something is said, and null takes away", async () => {
    const { create, send } = createProviderApp();
    const before = await bodyOf<ProviderBody>(create());
    const change = {
      name: "yard",
      status: "Maintenance",
      capabilities: null,
      config: { labels: {} },
    };
    const { updatedAt, ...after } = await bodyOf<ProviderBody>(
      send("PATCH", "/v1/providers/lab", change),
    );
    expect(after).toEqual({
      ...{ ...before, ...change, hasCapacity: false, updatedAt: undefined },
    });
    expect(updatedAt > before.updatedAt).toBe(true);
    const gone = { config: null, preferredRegion: null, tags: [] };
    expect(await bodyOf(send("PATCH", "/v1/providers/yard", gone))).toMatchObject(gone);
    expect(await bodyOf(send("PATCH", "/v1/providers/yard", {}))).toMatchObject(gone);
  });

  test("is changed to nothing that it cannot be", async () => {
    const { create, send } = createProviderApp();
    await create();
    const change = (reference: string, body: unknown) =>
      send("PATCH", `/v1/providers/${reference}`, body);
    await expectProblem(await change("none", {}), 404, "ProviderNotFound");
    await expectProblem(await change("lab", { name: "ecs" }), 409, "ProviderNameTaken");
    await expectProblem(await change("lab", { kind: "ec2" }), 400, "InvalidRequest");
    await expectProblem(await change("ecs", { maxWorkers: 9 }), 409, "ProviderInUse");
    expect((await change("ecs", { maxWorkers: 4, priority: 1 })).status).toBe(200);
  });

  test("is enabled and disabled; what may launch again is looked at", async () => {
    const { send, providers } = createProviderApp();
    const set = async (verb: string) =>
      (await bodyOf<ProviderBody>(send("POST", `/v1/providers/ecs/${verb}`))).status;
    expect([await set("disable"), await set("disable")]).toEqual(["Disabled", "Disabled"]);
    expect(providers.wakes).toHaveLength(0);
    expect(await set("enable")).toBe("Active");
    expect(providers.wakes).toHaveLength(1);
    const none = await send("POST", "/v1/providers/none/enable");
    await expectProblem(none, 404, "ProviderNotFound");
  });

  test("is forgotten, twice as once; the install's own is not", async () => {
    const { create, send, names } = createProviderApp();
    await create();
    const remove = (reference: string) => send("DELETE", `/v1/providers/${reference}`);
    expect(await bodyOf(remove("lab"))).toEqual({ deleted: true });
    expect(await bodyOf(remove("lab"))).toEqual({ deleted: false });
    await expectProblem(await remove("ecs"), 409, "ProviderInUse");
    expect(await names()).toEqual(["ecs"]);
  });
});

test("whoever changes a provider is named to the audit log", async () => {
  const { app, keys, providers } = createProviderApp();
  const headers = {
    authorization: `Bearer ${keys.add("admin")}`,
    "content-type": "application/json",
  };
  const send = (method: string, path: string, body?: object) =>
    app.request(`/v1/providers${path}`, {
      ...{ method, headers },
      ...(body && { body: JSON.stringify(body) }),
    });
  await send("POST", "", LAB);
  await send("PATCH", "/lab", { priority: 1 });
  await send("POST", "/lab/disable");
  await send("DELETE", "/lab");
  expect(providers.actors).toEqual(Array(4).fill("admin (0000000000000001)"));
});

describe("the list of providers", () => {
  test("has the first in order of priority, and takes every filter", async () => {
    const { create, send, names } = createProviderApp();
    await create();
    await create({ name: "barn", kind: "kubernetes", maxWorkers: 0 });
    await send("POST", "/v1/providers/lab/disable");
    expect(await names()).toEqual(["lab", "barn", "ecs"]);
    expect(await names("?kind=docker,fargate")).toEqual(["lab", "ecs"]);
    expect(await names("?status=Disabled&status=Degraded")).toEqual(["lab"]);
    expect(await names("?capacity=true")).toEqual(["ecs"]);
    const bad = await send("GET", "/v1/providers?kind=vm&status=&capacity=1&x=");
    const { errors } = await expectProblem(bad, 400, "InvalidRequest");
    expect(errors.map(({ path }) => path)).toEqual(["kind", "status", "capacity", "x"]);
  });

  test("has sums", async () => {
    const { create, send } = createProviderApp();
    await create();
    await send("POST", "/v1/providers/lab/disable");
    expect(await bodyOf<ProviderStatsBody>(send("GET", "/v1/providers/stats"))).toEqual({
      ...{ total: 2, enabled: 1, withCapacity: 1, maxWorkers: 7, activeWorkers: 2 },
      utilizationPercent: 200 / 7,
    });
  });
});
