import { describe, expect, it } from "vitest";
import { lookAtWorkers, watchMachines } from "#core/application/watch-machines.ts";
import { limits } from "#core/domain/limits.ts";
import type { FleetWorker } from "#core/domain/reconcile/snapshot.ts";
import type { AttemptContext, EndedMachine, MachineEnd } from "#core/ports/control-store.ts";
import type { Machine, MachineFact } from "#core/ports/provider.ts";
import { makeReady, makeWorker, NOW } from "../domain/make.ts";
import { INSTALL, makeContext, makeDeps, makeMachine } from "./make.ts";

interface Scene {
  facts?: MachineFact[];
  held?: AttemptContext[];
  found?: Machine[];
  stop?: (externalId: string) => Promise<void>;
}

const endedFrom = (ends: readonly MachineEnd[]): EndedMachine[] =>
  ends.map(({ workerId, attempt }) => ({
    workerId,
    runId: attempt?.runId ?? null,
    fence: attempt?.fence ?? null,
    phase: attempt?.next.phase ?? null,
    reason: null,
    waitMs: 0,
  }));

function scene({ facts = [], held = [], found = [], stop = async () => undefined }: Scene) {
  return makeDeps({
    store: {
      heldAttempts: async () => held,
      endMachines: async (ends) => endedFrom(ends),
      unblockRuns: async () => 0,
      launchesAccepted: async () => undefined,
      stopsAsked: async () => undefined,
    },
    provider: { describe: async () => facts, find: async () => found, stop },
  });
}
type Deps = ReturnType<typeof scene>;
const argsOf = (deps: Deps, method: string) =>
  [...deps.store.calls, ...deps.provider.calls]
    .filter((call) => call.method === method)
    .map((call) => call.args[0]);

const stopped = (given: Partial<Machine> = {}) =>
  makeMachine({ externalId: "machine-of-w1", state: "stopped", stoppedReason: "exit 1", ...given });
const silent = (given: Partial<FleetWorker> = {}) =>
  makeReady({ phase: "Busy", runId: "run-1", connected: false, ...given });

describe("a machine that stopped", () => {
  it("ends its worker and the attempt on it, at once, without waiting for itself", async () => {
    const deps = scene({ facts: [stopped()], held: [makeContext()] });
    expect(await watchMachines(deps, [silent()])).toBe(1);
    expect(argsOf(deps, "endMachines")).toMatchObject([
      [
        {
          workerId: "w1",
          reason: "MachineStopped",
          detail: "exit 1",
          attempt: {
            runId: "run-1",
            fence: 1,
            expected: "Running",
            attemptPhase: "Lost",
            end: { failure: "worker-lost", detail: "the worker's machine is gone: exit 1" },
            next: { phase: "Pending", waitMs: 0, blockUntilGone: false },
          },
        },
      ],
    ]);
    expect(deps.store.calls.map(({ method }) => method)).toContain("unblockRuns");
    expect(deps.telemetry.counted("workers_lost_total")).toBe(1);
  });

  it("because the provider took it away says so", async () => {
    const deps = scene({ facts: [stopped({ interrupted: true })] });
    await watchMachines(deps, [silent()]);
    expect(argsOf(deps, "endMachines")).toMatchObject([[{ reason: "Interrupted", attempt: null }]]);
  });

  it("before the attempt started costs the run nothing", async () => {
    const deps = scene({ facts: [stopped()], held: [makeContext({ phase: "Assigned" })] });
    await watchMachines(deps, [silent()]);
    expect(argsOf(deps, "endMachines")).toMatchObject([
      [
        {
          attempt: { expected: "Assigned", attemptPhase: "Returned", end: { failure: "dispatch" } },
        },
      ],
    ]);
  });

  it("once too often fails the run", async () => {
    const worn = makeContext({ history: { charged: 0, workerLost: 5, returned: 0 } });
    const deps = scene({ facts: [stopped()], held: [worn] });
    await watchMachines(deps, [silent()]);
    expect(argsOf(deps, "endMachines")).toMatchObject([
      [{ attempt: { next: { phase: "Failed", reason: "InfrastructureFailure" } } }],
    ]);
  });

  it("is not asked to stop again, and a running one is left alone", async () => {
    const leaving = makeReady({ phase: "Terminating" });
    const deps = scene({ facts: [stopped()] });
    await watchMachines(deps, [leaving]);
    expect(argsOf(deps, "stop")).toEqual([]);
    const running = scene({ facts: [makeMachine({ externalId: "machine-of-w1" })] });
    expect(await watchMachines(running, [silent()])).toBe(0);
    expect(argsOf(running, "endMachines")).toEqual([]);
  });
});

describe("a machine the provider does not know", () => {
  const missing: MachineFact = { externalId: "machine-of-w1", state: "missing" };
  const launched = (agoMs: number) => silent({ launchedAt: NOW - agoMs });

  it("may be too young to be known", async () => {
    const deps = scene({ facts: [missing] });
    expect(await watchMachines(deps, [launched(limits.machineMissingGraceMs - 1)])).toBe(0);
  });

  it("is gone after the grace time", async () => {
    const deps = scene({ facts: [missing] });
    expect(await watchMachines(deps, [launched(limits.machineMissingGraceMs)])).toBe(1);
    expect(argsOf(deps, "endMachines")).toMatchObject([[{ reason: "MachineMissing" }]]);
  });

  it("and of which the provider says nothing at all is not gone", async () => {
    const deps = scene({ facts: [] });
    expect(await watchMachines(deps, [launched(limits.machineMissingGraceMs * 2)])).toBe(0);
  });
});

describe("a leaving worker", () => {
  it("with a machine has it stopped, with its own reason, and that is written down", async () => {
    const leaving = makeReady({ phase: "Terminating", reason: "Idle" });
    const deps = scene({ facts: [makeMachine({ externalId: "machine-of-w1" })] });
    await watchMachines(deps, [leaving]);
    expect(deps.provider.calls.at(-1)).toEqual({ method: "stop", args: ["machine-of-w1", "Idle"] });
    expect(argsOf(deps, "stopsAsked")).toEqual([["w1"]]);
  });

  it("whose stop fails is asked again by the next pass; the others are stopped now", async () => {
    const deps = scene({
      stop: async (externalId) => {
        if (externalId === "machine-of-w1") throw new Error("throttled");
      },
    });
    const fleet = ["w1", "w2"].map((id) => makeReady({ id, phase: "Terminating" }));
    await watchMachines(deps, fleet);
    expect(argsOf(deps, "stopsAsked")).toEqual([["w2"]]);
    expect(deps.log.lines).toMatchObject([{ level: "warn" }]);
  });

  it("that was never launched is forgotten without a question", async () => {
    const deps = scene({});
    expect(await watchMachines(deps, [makeWorker({ phase: "Terminating" })])).toBe(1);
    expect(argsOf(deps, "find")).toEqual([]);
    expect(argsOf(deps, "endMachines")).toMatchObject([[{ reason: "NeverLaunched" }]]);
  });

  const unknown = (agoMs: number) =>
    makeWorker({ phase: "Terminating", firstLaunchAt: NOW - agoMs });

  it("whose launch never answered is searched by who asked for it; what is found is written down", async () => {
    const deps = scene({ found: [makeMachine({ externalId: "late" })] });
    expect(await watchMachines(deps, [unknown(limits.machineMissingGraceMs * 2)])).toBe(0);
    expect(deps.provider.calls).toEqual([{ method: "find", args: [INSTALL, "w1"] }]);
    expect(argsOf(deps, "launchesAccepted")).toEqual([[{ workerId: "w1", externalId: "late" }]]);
  });

  it("of which nothing is found waits until a machine would be visible, then is forgotten", async () => {
    expect(await watchMachines(scene({}), [unknown(limits.machineMissingGraceMs - 1)])).toBe(0);
    expect(await watchMachines(scene({}), [unknown(limits.machineMissingGraceMs)])).toBe(1);
    const over = scene({ found: [makeMachine({ state: "stopped" })] });
    expect(await watchMachines(over, [unknown(limits.machineMissingGraceMs)])).toBe(1);
  });
});

describe("an event about machines", () => {
  it("makes them looked at, whatever their worker seems to be doing", async () => {
    const deps = scene({ facts: [stopped()] });
    expect(await lookAtWorkers(deps, [makeReady({ phase: "Busy", runId: "run-1" })])).toBe(1);
  });

  it("about rows without a machine asks nothing", async () => {
    const deps = scene({});
    expect(await lookAtWorkers(deps, [makeWorker()])).toBe(0);
    expect(deps.provider.calls).toEqual([]);
  });
});
