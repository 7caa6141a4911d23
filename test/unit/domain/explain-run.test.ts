import { describe, expect, it } from "vitest";
import { explainRun } from "#core/domain/explain/explain-run.ts";
import type { BlockerCode, ExplainSnapshot, Verdict } from "#core/domain/explain/explanation.ts";
import {
  makeKind,
  makeLoad,
  makeOffer,
  makePlacement,
  makeProfile,
  makeShape,
  makeSnapshot,
  NOW,
} from "./make.ts";

const big = makePlacement({ cpuMillis: 4000 });
const run = (given: Partial<ExplainSnapshot["run"]> = {}) => makeSnapshot({}, given).run;
const gpu = [{ key: "gpu", value: "a100", effect: "NoSchedule" as const }];

/** A situation, its verdict, the code of its reasons in order, and the first thing that helps. */
const SITUATIONS: readonly [string, ExplainSnapshot, Verdict, BlockerCode[], string | null][] = [
  [
    "nobody is there, and a machine can be made",
    makeSnapshot(),
    "NOT_YET",
    ["LaunchDue"],
    "wait for the next reconcile pass",
  ],
  [
    "a ready worker fits",
    makeSnapshot({ workers: [makeOffer()], kinds: [makeKind()] }),
    "READY",
    [],
    null,
  ],
  [
    "a start time",
    makeSnapshot({ workers: [makeOffer()] }, { notBefore: NOW + 30_000, reason: "StartAfter" }),
    "NOT_YET",
    ["StartAfter"],
    "wait 30 s",
  ],
  [
    "a backoff",
    makeSnapshot({ workers: [makeOffer()] }, { notBefore: NOW + 300_000, reason: "Backoff" }),
    "NOT_YET",
    ["Backoff"],
    "wait 5 min",
  ],
  [
    "suspended",
    makeSnapshot({ workers: [makeOffer()] }, { reason: "Suspended" }),
    "NOT_YET",
    ["Suspended"],
    "resume it",
  ],
  [
    "a lost machine that may still run",
    makeSnapshot({}, { blockedBy: "w0", blockedSince: NOW - 1 }),
    "NOT_YET",
    ["WaitingForMachineGone"],
    "wait: the machine of worker w0 is being stopped",
  ],
  [
    "no profile is large enough",
    makeSnapshot({ kinds: [makeKind()] }, { placement: big }),
    "NEVER",
    ["ProfileMisfit"],
    "lower resources.cpu to 1000m (or give profile small 4000m)",
  ],
  [
    "a label that nothing has",
    makeSnapshot({}, { placement: makePlacement({ nodeSelector: { zone: "a" } }) }),
    "NEVER",
    ["ProfileMisfit"],
    "drop nodeSelector zone (or give profile small label zone=a)",
  ],
  [
    "a taint that is not tolerated",
    makeSnapshot({ profiles: [makeProfile({ taints: gpu })] }),
    "NEVER",
    ["ProfileMisfit"],
    "tolerate taint gpu=a100",
  ],
  ["no profile at all", makeSnapshot({ profiles: [] }), "NEVER", ["ProfileMisfit"], null],
  [
    "no profile is large enough, and a worker of former times is",
    makeSnapshot({ kinds: [makeKind({ cpuMillis: 4000, state: "Busy" })] }, { placement: big }),
    "NOT_YET",
    ["WorkerBusy", "ProfileMisfit"],
    "wait: worker w1 fits, and will be free",
  ],
  [
    "runs ahead take the only worker",
    makeSnapshot({
      queue: [makeShape(["first", "run"])],
      workers: [makeOffer()],
      kinds: [makeKind()],
      position: { ahead: 1, sameShape: 1, isLeast: false },
      loads: [makeLoad({ taken: 1 })],
    }),
    "NOT_YET",
    ["BehindOthers", "BehindOthers", "LaunchDue"],
    "wait: runs ahead are placed first",
  ],
  [
    "the pool is full",
    makeSnapshot({
      kinds: [makeKind({ state: "Busy", workers: 2 })],
      loads: [makeLoad({ taken: 2 })],
      profiles: [makeProfile({ maxWorkers: 2 })],
    }),
    "NOT_YET",
    ["WorkerBusy", "ProfileAtMaximum"],
    "wait: 2 workers of small fits, and will be free",
  ],
  [
    "a machine is on its way",
    makeSnapshot({
      kinds: [makeKind({ state: "Coming", since: NOW - 12_000 })],
      loads: [makeLoad({ coming: 1, comingSince: NOW - 12_000, taken: 1 })],
    }),
    "NOT_YET",
    ["WorkerComing", "LaunchUnderWay"],
    "wait: worker w1 is on its way since 12 s",
  ],
  [
    "the provider is not active",
    makeSnapshot({ launching: false }),
    "NOT_YET",
    ["ProviderInactive"],
    "set the provider of this install to active",
  ],
  [
    "machines keep failing",
    makeSnapshot({
      failing: [{ profile: "small", failures: 9, lastAt: NOW - 1_000, message: "no image" }],
    }),
    "NOT_YET",
    ["ProfileResting"],
    "wait 59 s, or mend what ends its machines",
  ],
  [
    "the provider refuses",
    makeSnapshot({ loads: [makeLoad({ coming: 1, taken: 1, trouble: "throttled" })] }),
    "NOT_YET",
    ["LaunchFailing"],
    "wait: the launch is repeated with backoff",
  ],
  [
    "as many were launched as may be",
    makeSnapshot({ launchTokens: 0.5 }),
    "NOT_YET",
    ["LaunchBucketEmpty"],
    "wait: the launch bucket refills every second",
  ],
  [
    "workers of every other kind",
    makeSnapshot({
      kinds: [
        makeKind({ cpuMillis: 100 }),
        makeKind({ state: "NoStream" }),
        makeKind({ state: "LeaseOver" }),
        makeKind({ state: "GatewaySilent" }),
        makeKind({ state: "Leaving" }),
        makeKind({ dedicated: "other" }),
        makeKind({ excluded: true }),
      ],
      profiles: [makeProfile(), makeProfile({ name: "large", cpuMillis: 8000 })],
    }),
    "NOT_YET",
    [
      ...(["WorkerNoStream", "WorkerGatewaySilent", "WorkerLeaseOver", "WorkerLeaving"] as const),
      ...(["WorkerDedicated", "WorkerExcluded", "WorkerMisfit"] as const),
      ...(["LaunchDue", "ProfileNotChosen"] as const),
    ],
    "wait: worker w1 attaches again, or its lease ends",
  ],
  [
    "it wants a worker of its own",
    makeSnapshot(
      { workers: [makeOffer()], kinds: [makeKind()] },
      { placement: makePlacement({ dedicatedWorker: true }) },
    ),
    "NOT_YET",
    ["WorkerShared", "LaunchDue"],
    "wait for the next reconcile pass",
  ],
];

describe("explain", () => {
  it.each(SITUATIONS)("%s", (_name, snapshot, verdict, codes, helps) => {
    const explanation = explainRun(snapshot);
    expect(explanation).toMatchObject({ runId: "run", verdict, decidedAt: NOW });
    expect(explanation.blockers.map(({ code }) => code)).toEqual(codes);
    expect(explanation.unblockedBy[0]?.change ?? null).toBe(helps);
    if (codes.length > 0) expect(explanation.summary).toBe(explanation.blockers[0]?.message);
  });

  it("says what is needed and what is there", () => {
    const { blockers } = explainRun(makeSnapshot({}, { placement: big }));
    expect(blockers[0]?.misfits).toEqual([
      { what: "cpu", key: null, need: "4000m", have: "1000m" },
    ]);
    expect(blockers[0]?.message).toBe("profile small: needs 4000m cpu, has 1000m");
  });

  it("names the worker that the next look gives it, and the one that has it", () => {
    expect(explainRun(makeSnapshot({ workers: [makeOffer()] }))).toMatchObject({ workerId: "w1" });
    const attempt = { executionId: "e1", workerId: "w7", assignedAt: NOW - 5_000, decision: null };
    const placed = run({ phase: "Running", workerId: "w7", attempt });
    expect(explainRun({ ...makeSnapshot(), run: placed })).toMatchObject({
      ...{ verdict: "PLACED", workerId: "w7", position: null, blockers: [] },
      summary: "worker w7 has it since 5 s",
      decision: { strategy: "packing", candidates: null, executionId: "e1", at: NOW - 5_000 },
    });
    const ending = run({ phase: "Running", workerId: "w7", stopping: true });
    expect(explainRun({ ...makeSnapshot(), run: ending }).blockers[0]?.code).toBe("Stopping");
  });

  it("a finished run has nothing to wait for", () => {
    const done = run({ phase: "Failed", reason: "DeadlineExceeded", message: "too late" });
    expect(explainRun({ ...makeSnapshot(), run: done })).toMatchObject({
      ...{ verdict: "FINISHED", summary: "it is Failed: DeadlineExceeded: too late" },
      ...{ blockers: [], unblockedBy: [], position: null },
    });
  });
});
