import { describe, expect, it } from "vitest";
import { placeRuns } from "#core/application/place-runs.ts";
import { reconcile } from "#core/application/reconcile.ts";
import type { ReconcileDeps } from "#core/application/reconcile-deps.ts";
import { limits } from "#core/domain/limits.ts";
import type { FleetWorker } from "#core/domain/reconcile/snapshot.ts";
import type { ControlStore, TroubledAttempt } from "#core/ports/control-store.ts";
import type { Provider } from "#core/ports/provider.ts";
import {
  makeOffer,
  makePlacement,
  makeProfile,
  makeReady,
  makeShape,
  NOW,
} from "../domain/make.ts";
import { makeContext, makeControl, makeDeps } from "./make.ts";

/** A store in which nothing is to be done; tests say what is. */
const quietStore = (given: Partial<ControlStore> = {}): Partial<ControlStore> => ({
  troubledAttempts: async () => [],
  endAttempts: async () => [],
  overdueRuns: async () => [],
  requestStops: async () => [],
  control: async () => makeControl(),
  fleet: async () => [],
  heldAttempts: async () => [],
  endMachines: async () => [],
  stopsAsked: async () => undefined,
  unblockRuns: async () => 0,
  placement: async () => ({ queue: [], workers: [] }),
  assignRuns: async () => [],
  failingProfiles: async () => [],
  createWorkers: async () => [],
  noteWaiting: async () => undefined,
  claimLaunches: async () => [],
  launchesAccepted: async () => undefined,
  launchesFailed: async () => undefined,
  endWorkers: async () => [],
  countPending: async () => undefined,
  claimSweep: async () => false,
  ...given,
});
const methodsOf = (deps: ReturnType<typeof makeDeps>) =>
  deps.store.calls.map(({ method }) => method);

describe("the tick", () => {
  it("looks in the order of the protocol, and sweeps last", async () => {
    const deps = makeDeps({ store: quietStore() });
    expect(await reconcile(deps)).toEqual({ rounds: 1 });
    expect(methodsOf(deps)).toEqual([
      "troubledAttempts",
      "endAttempts",
      "overdueRuns",
      "requestStops",
      "control",
      "fleet",
      "stopsAsked",
      "unblockRuns",
      "placement",
      "assignRuns",
      "failingProfiles",
      "createWorkers",
      "noteWaiting",
      "claimLaunches",
      "launchesAccepted",
      "launchesFailed",
      "endWorkers",
      "countPending",
      "claimSweep",
    ]);
  });

  it("reads the launch epoch before it counts the demand, so that the epoch guards the count", async () => {
    const deps = makeDeps({
      store: quietStore({
        control: async () => makeControl({ launchEpoch: 42 }),
        placement: async () => ({ queue: [makeShape(["r1"])], workers: [] }),
      }),
    });
    await reconcile(deps);
    const methods = methodsOf(deps);
    expect(methods.indexOf("control")).toBeLessThan(methods.indexOf("fleet"));
    expect(methods.indexOf("control")).toBeLessThan(methods.indexOf("placement"));
    const created = deps.store.calls.find(({ method }) => method === "createWorkers");
    expect(created?.args).toMatchObject([[{ profile: "small", dedicatedRunId: null }], 42]);
  });

  it("launches nothing while the provider is not enabled, and says so to whoever waits", async () => {
    const deps = makeDeps({
      store: quietStore({
        control: async () => makeControl({ launching: false }),
        placement: async () => ({ queue: [makeShape(["r1"])], workers: [] }),
      }),
    });
    await reconcile(deps);
    expect(methodsOf(deps)).not.toContain("claimLaunches");
    const argsOf = (name: string) => deps.store.calls.find(({ method }) => method === name)?.args;
    expect(argsOf("createWorkers")).toEqual([[], 1]);
    const message = "provider fake is not enabled: no machine is launched";
    expect(argsOf("noteWaiting")).toEqual([
      [{ runId: "r1", reason: "WaitingForCapacity", message }],
    ]);
  });

  it("goes round again while something changes, and no more often than it may", async () => {
    const changes = [3, 1, 0];
    const settling = makeDeps({
      store: quietStore({ unblockRuns: async () => changes.shift() ?? 0 }),
    });
    expect(await reconcile(settling)).toEqual({ rounds: 3 });
    const restless = makeDeps({ store: quietStore({ unblockRuns: async () => 1 }) });
    expect(await reconcile(restless)).toEqual({ rounds: limits.tickRoundsMax });
  });

  it("stops when its time is up, and leaves the rest to the next", async () => {
    let nowMs = 0;
    const deps = makeDeps({
      store: quietStore({
        unblockRuns: async () => {
          nowMs += limits.tickBudgetMs / 2 + 1;
          return 1;
        },
      }),
      monotonicMs: () => nowMs,
    });
    expect(await reconcile(deps)).toEqual({ rounds: 2 });
    expect(deps.telemetry.observed.get("reconcile_duration_seconds")).toBeCloseTo(20.002);
  });

  it("measures what waits and who is there", async () => {
    const deps = makeDeps({
      store: quietStore({
        placement: async () => ({
          queue: [makeShape([], { due: 7, runs: [{ ...oldRun, rank: 0, dueAt: NOW - 5000 }] })],
          workers: [],
        }),
        fleet: async () => [makeReady(), makeReady({ id: "w2" })],
      }),
      profiles: [makeProfile({ maxWorkers: 0 })],
    });
    await reconcile(deps);
    expect(Object.fromEntries(deps.telemetry.observed)).toMatchObject({
      runs_pending: 7,
      reconcile_lag_seconds: 5,
      workers: 2,
    });
  });
});

const oldRun = { id: "old", fence: 0, reason: null, message: null };

describe("while the provider is down", () => {
  const down = async () => {
    throw new Error("no route to the provider");
  };
  const provider: Partial<Provider> = { launch: down, describe: down, find: down, stop: down };
  const suspects: FleetWorker[] = [
    makeReady({ connected: false }),
    makeReady({ id: "w2", phase: "Terminating" }),
    makeReady({ id: "w3", phase: "Terminating", externalId: null }),
  ];

  it("what needs no provider goes on: placing, noting demand, ending workers", async () => {
    const deps = makeDeps({
      store: quietStore({
        fleet: async () => suspects,
        placement: async () => ({
          queue: [makeShape(["r1", "r2"])],
          workers: [makeOffer({ id: "w9" })],
        }),
        assignRuns: async (pairs) =>
          pairs.map((pair) => ({ ...pair, fence: 1, gatewayId: "gateway", dispatch: null })),
      }),
      provider,
    });
    await reconcile(deps);
    const methods = methodsOf(deps);
    for (const method of ["assignRuns", "createWorkers", "endWorkers", "claimSweep"])
      expect(methods).toContain(method);
    const failed = deps.log.lines.filter(({ level }) => level === "error");
    expect(failed.length).toBeGreaterThan(0);
    for (const { fields } of failed) expect(fields).toMatchObject({ step: "watch machines" });
  });
});

it("a launching step that fails keeps nobody from leaving; the next pass repeats it", async () => {
  const deps = makeDeps({
    store: quietStore({ claimLaunches: () => Promise.reject(new Error("lost the answer")) }),
  });
  await reconcile(deps);
  expect(methodsOf(deps)).toContain("endWorkers");
  expect(deps.log.lines).toMatchObject([
    { level: "error", fields: { step: "launch workers" } },
    {},
  ]);
});

it.each([
  ["end troubled", "troubledAttempts"],
  ["stop overdue", "overdueRuns"],
] as const)("%s: a row that somebody holds stops nothing else", async (step, method) => {
  const deps = makeDeps({
    store: quietStore({ [method]: () => Promise.reject(new Error("held for too long")) }),
  });
  await reconcile(deps);
  for (const done of ["placement", "claimLaunches", "endWorkers"])
    expect(methodsOf(deps)).toContain(done);
  expect(deps.log.lines).toMatchObject([{ level: "error", fields: { step } }, {}]);
});

describe("attempts in trouble", () => {
  const troubled = (given: Partial<TroubledAttempt>): TroubledAttempt => ({
    ...makeContext(),
    rule: "lease-over",
    ...given,
  });
  const endOf = async (attempt: TroubledAttempt) => {
    const deps = makeDeps({ store: quietStore({ troubledAttempts: async () => [attempt] }) });
    await reconcile(deps);
    const call = deps.store.calls.find(({ method }) => method === "endAttempts");
    return (call?.args[0] as object[] | undefined)?.[0];
  };

  it.each([
    ["lease-over", "Running", "worker-lost", "Lost"],
    ["unreported", "Running", "worker-lost", "Lost"],
    ["attempt-overdue", "Running", "timeout", "Failed"],
    ["stop-overdue", "Running", "stopped", "Stopped"],
    ["not-accepted", "Assigned", "dispatch", "Returned"],
    ["lease-over", "Assigned", "dispatch", "Returned"],
  ] as const)("%s while %s end as %s, %s", async (rule, phase, failure, attemptPhase) => {
    expect(await endOf(troubled({ rule, phase }))).toMatchObject({
      rule,
      runId: "run-1",
      fence: 1,
      workerId: "w1",
      expected: phase,
      epoch: null,
      attemptPhase,
      end: { failure },
    });
  });
});

describe("placing", () => {
  const placing = (assign: ControlStore["assignRuns"]) =>
    makeDeps({
      store: {
        placement: async () => ({
          queue: [makeShape(["r1", "r2", "r3"])],
          workers: [makeOffer({ id: "w1" }), makeOffer({ id: "w2" })],
        }),
        assignRuns: assign,
      },
    });
  const place = (deps: Omit<ReconcileDeps, "self">) => placeRuns({ ...deps, self: "gateway" });

  it("writes all pairs in one statement and says who places", async () => {
    const deps = placing(async (pairs) =>
      pairs.map((pair) => ({ ...pair, gatewayId: "g", dispatch: null })),
    );
    const { assigned, queue } = await place(deps);
    expect(deps.store.calls.at(-1)).toEqual({
      method: "assignRuns",
      args: [
        [
          { runId: "r1", fence: 0, workerId: "w1", executionId: "id-1" },
          { runId: "r2", fence: 0, workerId: "w2", executionId: "id-2" },
        ],
        "gateway",
      ],
    });
    expect(assigned).toHaveLength(2);
    expect(queue).toMatchObject([{ due: 1, runs: [{ id: "r3" }] }]);
  });

  it("pairs that another one wrote first are counted, and of neither side is known what it does", async () => {
    const deps = placing(async ([first]) =>
      first ? [{ ...first, gatewayId: "g", dispatch: null }] : [],
    );
    const { queue, unsettled, isCut } = await place(deps);
    expect(queue).toMatchObject([{ due: 1, runs: [{ id: "r3" }] }]);
    expect([...unsettled]).toEqual(["w2"]);
    expect(isCut).toBe(false);
    expect(deps.telemetry.counted("stale_writes_total", { statement: "assign-runs" })).toBe(1);
  });
});

describe("wanting workers", () => {
  const FLEET = [makeReady(), makeReady({ id: "w2" })];
  const created = async (given: Partial<ControlStore>) => {
    const deps = makeDeps({ store: quietStore({ fleet: async () => FLEET, ...given }) });
    await reconcile(deps);
    const calls = deps.store.calls.filter(({ method }) => method === "createWorkers");
    return calls.map(({ args: [workers] }) => (workers as readonly unknown[]).length);
  };

  it("wants none for a run that somebody else placed in the same moment, and looks again", async () => {
    const views = [
      { queue: [makeShape(["r1"])], workers: [makeOffer()] },
      { queue: [], workers: [] },
    ];
    const placement = async () => views.shift() ?? { queue: [], workers: [] };
    expect(await created({ placement })).toEqual([0, 0]);
  });

  it("counts on the worker of such a pair: what is left then is wanted at the next look", async () => {
    const queue = [makeShape(["r1", "r2"])];
    const views = [{ queue, workers: [makeOffer()] }];
    const placement = async () => views.shift() ?? { queue, workers: [] };
    expect((await created({ placement })).slice(0, 2)).toEqual([0, 2]);
  });

  it("wants none after a look that was cut: workers that it did not read may be ready", async () => {
    const many = limits.placementRunsPerShapeMax;
    const ids = Array.from({ length: many }, (_, n) => `id-${n}`);
    const full = {
      queue: [makeShape(ids, { due: many + 50 })],
      workers: ids.map((id) => makeOffer({ id })),
    };
    const views = [full];
    const placement = async () => views.shift() ?? { queue: [], workers: [] };
    const assignRuns: ControlStore["assignRuns"] = async (pairs) =>
      pairs.map((pair) => ({ ...pair, fence: 1, gatewayId: "gateway", dispatch: null }));
    expect(await created({ placement, assignRuns })).toEqual([0]);
  });

  it("commits the whole launch intent, with a token's digest and never the token", async () => {
    const profile = makeProfile({
      labels: { zone: "a" },
      maxRunsPerWorker: 5,
      maxAgeSeconds: 3600,
      spot: true,
    });
    const own = makeShape(["mine"], {
      shape: "own",
      placement: makePlacement({ dedicatedWorker: true }),
    });
    const deps = makeDeps({
      store: quietStore({
        placement: async () => ({ queue: [makeShape(["r1"]), own], workers: [] }),
      }),
      profiles: [profile],
      workerEnvironment: { HODEI_GATEWAY: "gateway:50051" },
    });
    await reconcile(deps);
    const call = deps.store.calls.find(({ method }) => method === "createWorkers");
    const base = { provider: "fake", profile: "small", labels: { zone: "a" }, maxAgeMs: 3600_000 };
    expect(call?.args[0]).toMatchObject([
      { ...base, id: "id-1", dedicatedRunId: null, maxRuns: 5, tokenSha256: "hash-id-1" },
      { ...base, id: "id-2", dedicatedRunId: "mine", maxRuns: 1, tokenSha256: "hash-id-2" },
    ]);
    expect(call?.args[0]).toMatchObject([
      { launchRequest: { workerId: "id-1", launchToken: "id-1", spot: true, subnetOffset: 500 } },
      { launchRequest: { workerId: "id-2", launchToken: "id-2", subnetOffset: 501 } },
    ]);
    expect(JSON.stringify(call)).not.toContain("secret-");
  });

  it("tells the waiting why, only where the reason changed", async () => {
    const profiles = [makeProfile({ maxWorkers: 1 })];
    const message = "profile small is at its maximum of 1 workers";
    const run = (id: string, reason: string, said: string | null) => ({
      id,
      fence: 0,
      rank: 0,
      dueAt: 0,
      reason,
      message: said,
    });
    const runs = [run("r1", "WaitingForCapacity", message), run("r2", "Queued", null)];
    const deps = makeDeps({
      store: quietStore({
        placement: async () => ({ queue: [makeShape([], { due: 2, runs })], workers: [] }),
        fleet: async () => [makeReady({ phase: "Busy", runId: "x" })],
      }),
      profiles,
    });
    await reconcile(deps);
    expect(deps.store.calls.find(({ method }) => method === "noteWaiting")?.args).toEqual([
      [{ runId: "r2", reason: "WaitingForCapacity", message }],
    ]);
  });
});
