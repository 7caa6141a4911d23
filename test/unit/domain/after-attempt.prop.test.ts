import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { closingOf } from "#core/application/close-attempt.ts";
import type { AttemptHistory, NextStep, RetryPolicy } from "#core/domain/job-run/after-attempt.ts";
import {
  ATTEMPT_PHASE_NEXT,
  FAILURE_CLASSES,
  type FailureClass,
  isCharged,
} from "#core/domain/job-run/attempt.ts";
import { RUN_PHASE_NEXT } from "#core/domain/job-run/phase.ts";
import { limits } from "#core/domain/limits.ts";

interface Tried {
  readonly failure: FailureClass | null;
  readonly started: boolean;
  readonly draw: number;
}

const policies: fc.Arbitrary<RetryPolicy> = fc.record({
  backoffLimit: fc.integer({ min: 0, max: 6 }),
  backoff: fc.constant({ initialSeconds: 10, factor: 2, maxSeconds: 360, jitter: 0.1 }),
  infrastructureLimit: fc.integer({ min: 0, max: 6 }),
  replacement: fc.constantFrom("AfterGone", "AfterLost"),
});
const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const tries = fc.array(
  fc.record({
    failure: fc.constantFrom(null, ...FAILURE_CLASSES),
    started: fc.boolean(),
    draw,
  }),
  { maxLength: 200 },
);
/** Never what ends a run for good by itself. */
const failuresOnly = fc.array(
  fc.record({
    failure: fc.constantFrom(
      "app",
      "oom",
      "timeout",
      "worker-lost",
      "stopped",
      "dispatch" as const,
    ),
    started: fc.boolean(),
    draw,
  }),
  { minLength: 150, maxLength: 300 },
);

/** Plays attempts one after another, counting ends as the database does: from what was recorded. */
function play(policy: RetryPolicy, attempts: readonly Tried[]) {
  const history = { charged: 0, workerLost: 0, returned: 0 };
  const steps: { tried: Tried; next: NextStep; before: AttemptHistory }[] = [];
  for (const tried of attempts) {
    const phase = tried.started ? "Running" : "Assigned";
    const context = {
      runId: "r",
      fence: steps.length + 1,
      workerId: "w",
      executionId: "e",
      phase,
    } as const;
    const end = { failure: tried.failure, exitCode: null, signal: null, detail: null };
    const before = { ...history };
    const closing = closingOf({ ...context, policy, history: before }, end, tried.draw);
    const { failure } = closing.end;
    if (failure !== null && isCharged(failure)) history.charged += 1;
    if (failure === "worker-lost") history.workerLost += 1;
    if (failure === "dispatch") history.returned += 1;
    steps.push({ tried, next: closing.next, before });
    if (closing.next.phase !== "Pending") break;
  }
  return { steps, history, last: steps.at(-1)?.next };
}

describe("over any sequence of attempts", () => {
  it("no more than backoffLimit + 1 are charged, infrastructureLimit + 1 lost, and the free ones are bounded", () => {
    fc.assert(
      fc.property(policies, tries, (policy, attempts) => {
        const { history } = play(policy, attempts);
        expect(history.charged).toBeLessThanOrEqual(policy.backoffLimit + 1);
        expect(history.workerLost).toBeLessThanOrEqual(policy.infrastructureLimit + 1);
        expect(history.returned).toBeLessThanOrEqual(limits.dispatchLimit + 1);
      }),
    );
  });

  it("stops are free without bound (the deadline ends that), every other failure brings the end nearer", () => {
    fc.assert(
      fc.property(policies, failuresOnly, (policy, attempts) => {
        const { steps, last } = play(policy, attempts);
        const costly = steps.filter(({ tried }) => !(tried.started && tried.failure === "stopped"));
        const bound = policy.backoffLimit + policy.infrastructureLimit + limits.dispatchLimit + 1;
        expect(costly.length).toBeLessThanOrEqual(bound);
        if (costly.length === bound) expect(last?.phase).toBe("Failed");
      }),
    );
  });

  it("lost workers, refusals and stops never bring BackoffLimitExceeded nearer", () => {
    fc.assert(
      fc.property(policies, tries, (policy, attempts) => {
        const { steps } = play(policy, attempts);
        for (const { tried, next, before } of steps) {
          const charged = tried.started && tried.failure !== null && isCharged(tried.failure);
          const verdict = next.phase === "Failed" && next.reason === "BackoffLimitExceeded";
          expect(verdict).toBe(charged && before.charged === policy.backoffLimit);
        }
      }),
    );
  });

  it("only charged failures wait, and only a lost attempt that had started blocks its successor", () => {
    fc.assert(
      fc.property(policies, tries, (policy, attempts) => {
        for (const { tried, next } of play(policy, attempts).steps) {
          if (next.phase !== "Pending") continue;
          const charged = tried.started && tried.failure !== null && isCharged(tried.failure);
          expect(next.waitMs > 0).toBe(charged);
          expect(next.blockUntilGone).toBe(
            tried.started && tried.failure === "worker-lost" && policy.replacement === "AfterGone",
          );
        }
      }),
    );
  });

  it("every move is one that the tables of phases allow", () => {
    fc.assert(
      fc.property(policies, tries, (policy, attempts) => {
        for (const { tried } of play(policy, attempts).steps) {
          if (!tried.started && tried.failure === null) continue; // an unaccepted attempt has no result
          const phase = tried.started ? "Running" : "Assigned";
          const history = { charged: 0, workerLost: 0, returned: 0 };
          const end = { failure: tried.failure, exitCode: null, signal: null, detail: null };
          const context = { runId: "r", fence: 1, workerId: "w", executionId: "e", phase } as const;
          const closing = closingOf({ ...context, policy, history }, end, tried.draw);
          expect(ATTEMPT_PHASE_NEXT[phase]).toContain(closing.attemptPhase);
          expect(RUN_PHASE_NEXT[phase]).toContain(closing.next.phase);
        }
      }),
    );
  });
});
