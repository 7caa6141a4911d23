import { describe, expect, it } from "vitest";
import { limits } from "#core/domain/limits.ts";
import { decideCapacity } from "#core/domain/reconcile/decide-capacity.ts";
import type { FailingProfile, FleetWorker, QueuedShape } from "#core/domain/reconcile/snapshot.ts";
import type { MachineProfile } from "#core/domain/worker/profile.ts";
import { makePlacement, makeProfile, makeReady, makeShape, makeWorker, NOW } from "./make.ts";

interface Scene {
  queue?: QueuedShape[];
  fleet?: FleetWorker[];
  profiles?: MachineProfile[];
  launchesMax?: number;
  failing?: FailingProfile[];
}

const decide = (scene: Scene) =>
  decideCapacity(
    scene.queue ?? [],
    scene.fleet ?? [],
    scene.profiles ?? [makeProfile()],
    scene.launchesMax ?? 100,
    scene.failing ?? [],
    NOW,
  );
const launched = (scene: Scene) =>
  decide(scene).launches.map(({ profile, dedicatedRunId }) => dedicatedRunId ?? profile.name);

const due = (count: number, given: Partial<QueuedShape> = {}) =>
  makeShape(
    Array.from({ length: Math.min(count, 3) }, (_, i) => `r${i}`),
    { due: count, ...given },
  );
const coming = (count: number, given: Partial<FleetWorker> = {}) =>
  Array.from({ length: count }, (_, i) => makeWorker({ id: `coming${i}`, ...given }));

describe("demand", () => {
  it("is what is due less what is on its way", () => {
    expect(launched({ queue: [due(5)] })).toHaveLength(5);
    expect(launched({ queue: [due(5)], fleet: coming(2) })).toHaveLength(3);
    expect(launched({ queue: [due(5)], fleet: coming(2, { phase: "Connecting" }) })).toHaveLength(
      3,
    );
    expect(launched({ queue: [due(5)], fleet: coming(9) })).toEqual([]);
    expect(launched({ queue: [due(0)] })).toEqual([]);
  });

  it("a worker on its way serves one run, not one of each shape", () => {
    const queue = [due(2, { shape: "a" }), due(2, { shape: "b" })];
    expect(launched({ queue, fleet: coming(3) })).toHaveLength(1);
  });

  it("busy, leaving and foreign workers are nobody's hope", () => {
    const fleet = [
      makeReady({ id: "busy", phase: "Busy", runId: "x" }),
      makeReady({ id: "draining", phase: "Draining" }),
      makeReady({ id: "terminating", phase: "Terminating" }),
      makeWorker({ id: "other", profile: "other" }),
      makeWorker({ id: "own", dedicatedRunId: "someone" }),
    ];
    expect(launched({ queue: [due(2)], fleet })).toHaveLength(2);
  });

  it("goes to the smallest profile that fits, each shape to its own", () => {
    const profiles = [
      makeProfile({ name: "large", cpuMillis: 8000, memoryMib: 16384 }),
      makeProfile({ name: "small" }),
    ];
    const queue = [
      due(1, { shape: "modest" }),
      due(2, { shape: "greedy", placement: makePlacement({ cpuMillis: 4000 }) }),
    ];
    expect(launched({ queue, profiles })).toEqual(["small", "large", "large"]);
  });

  it("of a run that fits nowhere makes no machine and says why", () => {
    const queue = [due(1, { placement: makePlacement({ cpuMillis: 99_000 }) })];
    expect(decide({ queue })).toEqual({
      launches: [],
      waiting: [
        {
          shape: "default",
          reason: "WaitingForCapacity",
          message: "no machine profile of this install fits this run",
        },
      ],
    });
  });
});

describe("a run that wants its own worker", () => {
  const own = makePlacement({ dedicatedWorker: true });

  it("gets one made for it, whatever else is on its way", () => {
    const queue = [makeShape(["a", "b"], { placement: own })];
    expect(launched({ queue, fleet: coming(5) })).toEqual(["a", "b"]);
  });

  it("gets no second one while its own lives, and a new one when that leaves", () => {
    const queue = [makeShape(["a"], { placement: own })];
    const mine = (phase: FleetWorker["phase"]) => [makeReady({ phase, dedicatedRunId: "a" })];
    for (const phase of ["Creating", "Connecting", "Ready", "Busy"] as const)
      expect(launched({ queue, fleet: mine(phase) })).toEqual([]);
    for (const phase of ["Draining", "Terminating"] as const)
      expect(launched({ queue, fleet: mine(phase) })).toEqual(["a"]);
  });
});

describe("bounds", () => {
  it("of the profile hold for workers in every phase that has a machine", () => {
    const profiles = [makeProfile({ maxWorkers: 4 })];
    const fleet = [
      makeReady({ id: "busy", phase: "Busy", runId: "x" }),
      makeReady({ id: "leaving", phase: "Terminating" }),
      makeWorker({ id: "never-launched", phase: "Terminating" }),
    ];
    const plan = decide({ queue: [due(9)], profiles, fleet });
    expect(plan.launches).toHaveLength(2);
    // Its launch was called and nobody heard the answer: there may be a machine.
    const unheard = makeWorker({ id: "unheard", phase: "Terminating", firstLaunchAt: NOW });
    expect(launched({ queue: [due(9)], profiles, fleet: [...fleet, unheard] })).toHaveLength(1);
    expect(plan.waiting).toEqual([
      {
        shape: "default",
        reason: "WaitingForCapacity",
        message: "profile small is at its maximum of 4 workers",
      },
    ]);
  });

  it("of the launch budget cut the plan; the rest comes with the next pass", () => {
    const plan = decide({ queue: [due(9)], launchesMax: 4 });
    expect(plan.launches).toHaveLength(4);
    expect(plan.waiting).toMatchObject([{ reason: "WaitingForWorker" }]);
    expect(launched({ queue: [due(9)], fleet: coming(4), launchesMax: 100 })).toHaveLength(5);
  });

  it("a budget of nothing launches nothing", () => {
    const profiles = [makeProfile({ minWorkers: 2 })];
    expect(launched({ queue: [due(9)], profiles, launchesMax: 0 })).toEqual([]);
  });
});

describe("a pool", () => {
  const profiles = [makeProfile({ minWorkers: 3 })];

  it("is brought to its minimum without any demand", () => {
    expect(launched({ profiles })).toHaveLength(3);
    expect(launched({ profiles, fleet: coming(2) })).toHaveLength(1);
    expect(launched({ profiles, fleet: [makeReady(), ...coming(2)] })).toEqual([]);
  });

  it("counts what demand launches anyway", () => {
    expect(launched({ profiles, queue: [due(2)] })).toHaveLength(3);
    expect(launched({ profiles, queue: [due(5)] })).toHaveLength(5);
  });

  it("does not count workers of one run: they are there for nobody else", () => {
    const fleet = coming(2, { dedicatedRunId: "a" });
    expect(launched({ profiles, fleet })).toHaveLength(3);
    const own = makeShape(["b"], { placement: makePlacement({ dedicatedWorker: true }) });
    expect(launched({ profiles, queue: [own] })).toEqual(["b", "small", "small", "small"]);
  });

  it("does not count workers that are leaving", () => {
    const fleet = [makeReady({ phase: "Draining" }), makeReady({ id: "w2", phase: "Terminating" })];
    expect(launched({ profiles, fleet })).toHaveLength(3);
  });
});

describe("a profile whose machines keep failing", () => {
  const failing = (failures: number, agoMs: number): FailingProfile[] => [
    { profile: "small", failures, lastAt: NOW - agoMs, message: "exit code 1" },
  ];

  it("rests, says so, and is tried again when the rest is over", () => {
    const queue = [due(2)];
    expect(launched({ queue, failing: failing(limits.failingProfileFree - 1, 0) })).toHaveLength(2);
    const plan = decide({ queue, failing: failing(5, 1_000) });
    expect(plan.launches).toEqual([]);
    expect(plan.waiting).toEqual([
      {
        shape: "default",
        reason: "LaunchFailed",
        message: "5 machines in a row ended before they were ready: exit code 1",
      },
    ]);
    expect(launched({ queue, failing: failing(5, limits.launchRetryMaxMs) })).toHaveLength(2);
  });

  it("does not fill its minimum either, and no other profile rests with it", () => {
    const profiles = [
      makeProfile({ minWorkers: 2 }),
      makeProfile({ name: "large", cpuMillis: 4000, minWorkers: 1 }),
    ];
    expect(launched({ profiles, failing: failing(5, 0) })).toEqual(["large"]);
  });

  it("a launch that the provider refuses is shown to those who wait for it", () => {
    const fleet = coming(1, {
      launchFailures: 2,
      reason: "NoCapacity",
      message: "no Fargate here",
    });
    expect(decide({ queue: [due(1)], fleet }).waiting).toEqual([
      { shape: "default", reason: "LaunchFailed", message: "no Fargate here" },
    ]);
  });
});
