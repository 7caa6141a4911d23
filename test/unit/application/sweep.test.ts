import { describe, expect, it } from "vitest";
import { sweep, sweepMachines } from "#core/application/sweep.ts";
import { limits } from "#core/domain/limits.ts";
import type { Machine } from "#core/ports/provider.ts";
import { NOW } from "../domain/make.ts";
import { makeControl, makeDeps, makeMachine } from "./make.ts";

const OLD = NOW - limits.unknownMachineAgeMs;

function scene(
  machines: Machine[],
  rows: { id: string; phase: string; externalId: string | null }[],
  claimed = true,
) {
  const deleted = [
    { chunks: 5, runs: 0, workers: 0, keys: 0, usage: 0, auditEvents: 0 },
    { chunks: 1, runs: 2, workers: 1, keys: 0, usage: 0, auditEvents: 0 },
    { chunks: 0, runs: 0, workers: 0, keys: 3, usage: 0, auditEvents: 0 },
    { chunks: 0, runs: 0, workers: 0, keys: 0, usage: 0, auditEvents: 4 },
  ];
  return makeDeps({
    store: {
      control: async () => makeControl(),
      workersById: async () => rows,
      launchesAccepted: async () => undefined,
      countPending: async () => undefined,
      claimSweep: async () => claimed,
      deleteExpired: async () =>
        deleted.shift() ?? { chunks: 0, runs: 0, workers: 0, keys: 0, usage: 0, auditEvents: 0 },
    },
    provider: { list: async () => machines, stop: async () => undefined },
  });
}
const stopsOf = (deps: ReturnType<typeof scene>) =>
  deps.provider.calls.filter(({ method }) => method === "stop").map(({ args }) => args[0]);

describe("the sweep of machines", () => {
  it("stops what no row knows, by the database's clock and the machine's age", async () => {
    const old = makeMachine({ externalId: "old", workerId: "x", createdAtMs: OLD });
    const young = makeMachine({ externalId: "young", workerId: "y", createdAtMs: OLD + 1 });
    const deps = scene([old, young], []);
    await sweepMachines(deps);
    expect(stopsOf(deps)).toEqual(["old"]);
    expect(deps.telemetry.counted("machines_stopped_total", { cause: "unknown" })).toBe(1);
  });

  it("does not even look at the machines of another install", async () => {
    const theirs = makeMachine({ externalId: "theirs", installId: "other", createdAtMs: OLD });
    const nobodys = makeMachine({ externalId: "nobodys", installId: null, createdAtMs: OLD });
    const deps = scene([theirs, nobodys], []);
    await sweepMachines(deps);
    expect(stopsOf(deps)).toEqual([]);
  });

  it("writes down the machine of a row that does not know it", async () => {
    const deps = scene(
      [makeMachine({ externalId: "m1", workerId: "w1", createdAtMs: OLD })],
      [{ id: "w1", phase: "Creating", externalId: null }],
    );
    await sweepMachines(deps);
    expect(stopsOf(deps)).toEqual([]);
    expect(deps.store.calls.at(-1)).toEqual({
      method: "launchesAccepted",
      args: [[{ workerId: "w1", externalId: "m1" }]],
    });
  });

  it("stops none when too many are unknown, and raises the alarm", async () => {
    const machines = Array.from({ length: 6 }, (_, i) =>
      makeMachine({ externalId: `m${i}`, workerId: `w${i}`, createdAtMs: OLD }),
    );
    const deps = scene(machines, []);
    await sweepMachines(deps);
    expect(stopsOf(deps)).toEqual([]);
    expect(deps.log.lines).toMatchObject([{ level: "error", fields: { machines: 6 } }]);
  });
});

describe("the periodic clean-up", () => {
  it("is done by the one process that claims the period", async () => {
    const deps = scene([], []);
    await sweep(deps);
    expect(deps.log.lines).toMatchObject([
      {
        message: "swept",
        fields: { chunks: 6, runs: 2, workers: 1, keys: 3, usage: 0, auditEvents: 4 },
      },
    ]);
    const other = scene([], [], false);
    await sweep(other);
    expect(other.store.calls.map(({ method }) => method)).toEqual(["countPending", "claimSweep"]);
    expect(other.provider.calls).toEqual([]);
  });
});
