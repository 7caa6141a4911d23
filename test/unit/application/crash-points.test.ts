import { describe, expect, it } from "vitest";
import { reconcile } from "#core/application/reconcile.ts";
import type { ReconcileDeps } from "#core/application/reconcile-deps.ts";
import type { ControlStore, NewWorker } from "#core/ports/control-store.ts";
import { type LaunchRequest, type Provider, ProviderError } from "#core/ports/provider.ts";
import { Crash, crashPoint } from "../../support/fakes/crash.ts";
import { createMemoryStore } from "../../support/fakes/memory-store.ts";
import { stub } from "../../support/fakes/stub.ts";
import { makePlacement, makeProfile, NOW } from "../domain/make.ts";
import { makeDeps, makeRequest } from "./make.ts";

const PROFILES = [makeProfile(), makeProfile({ name: "large", cpuMillis: 4000, memoryMib: 8192 })];

/** Keeps every launch call, and answers a repeated token with the machine it made first. */
function countingProvider(failFirst = 0) {
  const calls: { workerId: string; token: string; asked: string }[] = [];
  const machines = new Map<string, string>();
  const provider = stub<Provider>({
    name: "fake",
    launch: async (request: LaunchRequest, bootstrapToken: string) => {
      const { workerId, launchToken: token } = request;
      calls.push({ workerId, token, asked: JSON.stringify([request, bootstrapToken]) });
      if (calls.length <= failFirst) throw new ProviderError("throttled", "slow down");
      const externalId = machines.get(token) ?? `machine-${machines.size + 1}`;
      machines.set(token, externalId);
      return { externalId };
    },
    describe: async () => [],
    find: async () => [],
    list: async () => [],
    stop: async () => undefined,
  });
  return { provider, calls, machines };
}

const readyIntent: NewWorker = {
  id: "warm",
  provider: "fake",
  profile: "small",
  labels: {},
  taints: [],
  cpuMillis: 1000,
  memoryMib: 2048,
  dedicatedRunId: null,
  maxRuns: null,
  maxAgeMs: null,
  launchToken: "warm",
  launchRequest: makeRequest({ workerId: "warm" }),
  tokenKeyId: "k1",
  tokenSha256: "x",
};

/** One warm worker and five runs: one is placed, four machines are wanted, one of them its run's own. */
function scene(failFirst = 0) {
  const memory = createMemoryStore(NOW);
  const world = countingProvider(failFirst);
  memory.addReady(readyIntent);
  for (const id of ["r1", "r2", "r3"]) memory.addRun(id, makePlacement());
  memory.addRun("r4", makePlacement({ cpuMillis: 3000 }));
  memory.addRun("r5", makePlacement({ dedicatedWorker: true }));
  let ids = 0;
  const process = (store: ControlStore, provider: Provider): ReconcileDeps => ({
    ...makeDeps({ profiles: PROFILES, newId: () => `id-${++ids}` }),
    store,
    provider,
  });
  /** The next ticks, undisturbed, until every wait and every claim is over. */
  const recover = async () => {
    for (let tick = 0; tick < 4; tick += 1) {
      memory.advance(61_000);
      await reconcile(process(memory.store, world.provider));
    }
  };
  return { memory, world, process, recover };
}

/** What must be true once nobody dies any more. */
function expectSettled({ memory, world }: ReturnType<typeof scene>): void {
  const wanted = memory.workers().filter(({ id }) => id !== "warm");
  expect(wanted.map(({ profile }) => profile).sort()).toEqual(["large", "small", "small", "small"]);
  expect(wanted.filter(({ dedicatedRunId }) => dedicatedRunId === "r5")).toHaveLength(1);
  expect(new Set(wanted.map(({ externalId }) => externalId)).size).toBe(4);
  expect(wanted.map(({ externalId }) => externalId).sort()).toEqual(
    [...world.machines.values()].sort(),
  );
  for (const { id } of wanted) {
    const calls = world.calls.filter(({ workerId }) => workerId === id);
    expect(new Set(calls.map(({ token }) => token)).size).toBe(1);
    expect(new Set(calls.map(({ asked }) => asked)).size).toBe(1);
  }
  expect(new Set(world.calls.map(({ token }) => token)).size).toBe(4);
  const placed = memory.runs.flatMap(({ assigned }) => assigned ?? []);
  expect(placed).toMatchObject([{ runId: "r1", workerId: "warm", fence: 1 }]);
}

/** How many calls one undisturbed tick makes. */
async function callsOfOneTick(failFirst = 0): Promise<number> {
  const { memory, world, process } = scene(failFirst);
  const never = crashPoint(Number.POSITIVE_INFINITY, false);
  await reconcile(process(never.guard(memory.store), never.guard(world.provider)));
  return never.calls();
}

describe("a tick that dies", () => {
  it("nowhere does all of it in one pass", async () => {
    const one = scene();
    await reconcile(one.process(one.memory.store, one.world.provider));
    expectSettled(one);
    expect(one.world.calls).toHaveLength(4);
  });

  it.each([
    { before: "before its call", effect: false, failFirst: 0 },
    { before: "after its call, the answer lost", effect: true, failFirst: 0 },
    { before: "before its call, the provider refusing first", effect: false, failFirst: 3 },
    { before: "after its call, the provider refusing first", effect: true, failFirst: 3 },
  ])("$before is repaired by the next, wherever it was", async ({ effect, failFirst }) => {
    const calls = await callsOfOneTick(failFirst);
    expect(calls).toBeGreaterThan(20);
    for (let at = 1; at <= calls; at += 1) {
      const one = scene(failFirst);
      const point = crashPoint(at, effect);
      const dying = one.process(point.guard(one.memory.store), point.guard(one.world.provider));
      // A step that fails is logged and the pass goes on, until the next call of the dead process.
      const ended = await reconcile(dying).catch((error: unknown) => error);
      if (ended instanceof Error) expect(ended, `call ${at}`).toBeInstanceOf(Crash);
      expect(point.calls()).toBeGreaterThanOrEqual(at);
      await one.recover();
      expectSettled(one);
    }
  });
});

describe("ticks at once", () => {
  it("make no worker and no machine twice", async () => {
    const one = scene();
    const tick = () => reconcile(one.process(one.memory.store, one.world.provider));
    await Promise.all([tick(), tick(), tick()]);
    await one.recover();
    expectSettled(one);
  });
});
