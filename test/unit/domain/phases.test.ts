import { describe, expect, it } from "vitest";
import {
  ATTEMPT_PHASE_NEXT,
  ATTEMPT_PHASES,
  FAILURE_CLASSES,
  isCharged,
  isLive,
} from "#core/domain/job-run/attempt.ts";
import { isFinal, RUN_PHASE_NEXT, RUN_PHASES } from "#core/domain/job-run/phase.ts";
import { canMoveWorker, WORKER_PHASE_NEXT, WORKER_PHASES } from "#core/domain/worker/phase.ts";

const MACHINES = [
  { of: "run", phases: RUN_PHASES, next: RUN_PHASE_NEXT, first: "Pending" },
  { of: "attempt", phases: ATTEMPT_PHASES, next: ATTEMPT_PHASE_NEXT, first: "Assigned" },
  { of: "worker", phases: WORKER_PHASES, next: WORKER_PHASE_NEXT, first: "Creating" },
] as const satisfies readonly {
  of: string;
  phases: readonly string[];
  next: Readonly<Record<string, readonly string[]>>;
  first: string;
}[];

/** Every phase that can be reached from `from`, itself included. */
function reachable(next: Readonly<Record<string, readonly string[]>>, from: string): Set<string> {
  const seen = new Set([from]);
  for (const phase of seen) for (const following of next[phase] ?? []) seen.add(following);
  return seen;
}

describe.each(MACHINES)("the phases of a $of", ({ phases, next, first }) => {
  it("have one row each in the table, and nothing else has", () => {
    expect(Object.keys(next).sort()).toEqual([...phases].sort());
  });

  it("lead to known phases, each at most once and never to themselves", () => {
    for (const [phase, following] of Object.entries<readonly string[]>(next)) {
      expect(new Set(following).size).toBe(following.length);
      expect(following).not.toContain(phase);
      for (const one of following) expect(phases).toContain(one);
    }
  });

  it("can all be reached from the first", () => {
    expect(reachable(next, first)).toEqual(new Set(phases));
  });

  it("all have a way to an end: nothing waits for ever by construction", () => {
    const table: Readonly<Record<string, readonly string[]>> = next;
    const ends = phases.filter((phase) => table[phase]?.length === 0);
    expect(ends).not.toEqual([]);
    for (const phase of phases)
      expect(ends.some((end) => reachable(table, phase).has(end))).toBe(true);
  });
});

describe("final phases", () => {
  it("of a run are Succeeded, Failed and Cancelled, without a way out", () => {
    expect(RUN_PHASES.filter(isFinal)).toEqual(["Succeeded", "Failed", "Cancelled"]);
  });

  it("of a worker is Terminated alone", () => {
    const left = WORKER_PHASES.filter((from) =>
      WORKER_PHASES.some((to) => canMoveWorker(from, to)),
    );
    expect(WORKER_PHASES.filter((phase) => !left.includes(phase))).toEqual(["Terminated"]);
  });

  it("of an attempt may be left only from Lost, and never back to life", () => {
    for (const phase of ATTEMPT_PHASES.filter((one) => !isLive(one)))
      expect(ATTEMPT_PHASE_NEXT[phase].filter(isLive)).toEqual([]);
    expect(
      ATTEMPT_PHASES.filter((one) => !isLive(one) && ATTEMPT_PHASE_NEXT[one].length > 0),
    ).toEqual(["Lost"]);
  });
});

it("the user's code may start only after Assigned: Succeeded is never reached from there", () => {
  expect(RUN_PHASE_NEXT.Assigned).not.toContain("Succeeded");
  expect(ATTEMPT_PHASE_NEXT.Assigned).not.toContain("Succeeded");
});

it("backoffLimit pays for what the job did, and for nothing else", () => {
  expect(FAILURE_CLASSES.filter(isCharged)).toEqual(["app", "oom", "timeout"]);
});
