import { describe, expect, it } from "vitest";
import { closingOf } from "#core/application/close-attempt.ts";
import {
  type AttemptEnd,
  type AttemptHistory,
  afterAttempt,
  describeEnd,
  endedPhase,
  type RetryPolicy,
} from "#core/domain/job-run/after-attempt.ts";
import type { AttemptPhase, FailureClass } from "#core/domain/job-run/attempt.ts";
import { limits } from "#core/domain/limits.ts";
import { specDefaults } from "#core/domain/spec/defaults.ts";

const policy = (given: Partial<RetryPolicy> = {}): RetryPolicy => ({
  backoffLimit: 2,
  backoff: { ...specDefaults.backoff, jitter: 0 },
  infrastructureLimit: 1,
  replacement: "AfterGone",
  ...given,
});
const counted = (given: Partial<AttemptHistory> = {}): AttemptHistory => ({
  charged: 0,
  workerLost: 0,
  returned: 0,
  ...given,
});
const end = (failure: FailureClass | null, given: Partial<AttemptEnd> = {}): AttemptEnd => ({
  failure,
  exitCode: null,
  signal: null,
  detail: null,
  ...given,
});
const pending = (waitMs: number, blockUntilGone = false) => ({
  phase: "Pending",
  waitMs,
  blockUntilGone,
});

describe("after an attempt", () => {
  it("that succeeded, the run has succeeded, whatever came before", () => {
    const worn = counted({ charged: 99, workerLost: 99, returned: 99 });
    expect(afterAttempt(policy(), worn, end(null), 0)).toEqual({
      phase: "Succeeded",
      reason: "Completed",
    });
  });

  it.each(["app", "oom", "timeout"] as const)("%s waits its backoff, then fails", (failure) => {
    const next = (charged: number) =>
      afterAttempt(policy(), counted({ charged }), end(failure, { exitCode: 3 }), 0.5);
    expect(next(0)).toEqual(pending(10_000));
    expect(next(1)).toEqual(pending(20_000));
    expect(next(2)).toMatchObject({ phase: "Failed", reason: "BackoffLimitExceeded" });
  });

  it("with backoffLimit 0 one failure is the end, and says so in the singular", () => {
    const next = afterAttempt(
      policy({ backoffLimit: 0 }),
      counted(),
      end("app", { exitCode: 3 }),
      0,
    );
    expect(next).toEqual({
      phase: "Failed",
      reason: "BackoffLimitExceeded",
      message: "1 attempt failed; the last: exit code 3",
    });
  });

  it("whose worker was lost, it starts anew at once, but not beside the old machine", () => {
    const lost = end("worker-lost");
    expect(afterAttempt(policy(), counted(), lost, 0.9)).toEqual(pending(0, true));
    expect(afterAttempt(policy({ replacement: "AfterLost" }), counted(), lost, 0)).toEqual(
      pending(0),
    );
  });

  it("lost workers have a budget of their own", () => {
    const worn = counted({ workerLost: 1, charged: 0 });
    expect(afterAttempt(policy(), worn, end("worker-lost"), 0)).toEqual({
      phase: "Failed",
      reason: "InfrastructureFailure",
      message: "lost 2 workers",
    });
  });

  it("ends before the start are free, until their own bound", () => {
    const next = (returned: number) =>
      afterAttempt(policy({ backoffLimit: 0 }), counted({ returned }), end("dispatch"), 0);
    expect(next(limits.dispatchLimit - 1)).toEqual(pending(0));
    expect(next(limits.dispatchLimit)).toMatchObject({
      phase: "Failed",
      reason: "DispatchFailure",
    });
  });

  it("past the deadline it is over; a stop costs nothing", () => {
    const worn = counted({ charged: 99 });
    expect(afterAttempt(policy(), worn, end("deadline"), 0)).toMatchObject({
      phase: "Failed",
      reason: "DeadlineExceeded",
    });
    expect(afterAttempt(policy(), worn, end("stopped"), 0)).toEqual(pending(0));
  });
});

describe("the end of an attempt in words", () => {
  it.each([
    [end("app", { exitCode: 3 }), "exit code 3"],
    [end("app", { signal: "SIGSEGV", exitCode: 139 }), "killed by SIGSEGV"],
    [end("app"), "no exit code"],
    [end("oom", { signal: "SIGKILL" }), "out of memory"],
    [end("timeout", { signal: "SIGTERM" }), "attempt timeout"],
    [end("app", { detail: "no such program", exitCode: 127 }), "no such program"],
  ])("%o is %s", (given, words) => {
    expect(describeEnd(given)).toBe(words);
  });
});

describe("the phase an attempt ends in", () => {
  it.each([
    [null, true, "Succeeded"],
    ["app", true, "Failed"],
    ["oom", true, "Failed"],
    ["timeout", true, "Failed"],
    ["worker-lost", true, "Lost"],
    ["deadline", true, "Stopped"],
    ["stopped", true, "Stopped"],
    ["dispatch", false, "Returned"],
    ["worker-lost", false, "Returned"],
    ["stopped", false, "Stopped"],
  ] satisfies [FailureClass | null, boolean, AttemptPhase][])(
    "for %s, started: %s, is %s",
    (failure, started, phase) => {
      expect(endedPhase(failure, started)).toBe(phase);
    },
  );
});

describe("closing an attempt", () => {
  const context = (phase: AttemptPhase) => ({
    runId: "r",
    fence: 1,
    workerId: "w",
    executionId: "e",
    phase,
    policy: policy(),
    history: counted(),
  });

  it.each(["app", "worker-lost", "timeout", "stopped", "deadline"] as const)(
    "%s before the start is a dispatch failure, free of charge",
    (failure) => {
      const closing = closingOf(context("Assigned"), end(failure), 0);
      expect(closing).toMatchObject({
        attemptPhase: "Returned",
        end: { failure: "dispatch" },
        next: pending(0),
      });
    },
  );

  it("the late result of a lost attempt counts as what it says", () => {
    expect(closingOf(context("Lost"), end("app", { exitCode: 1 }), 0)).toMatchObject({
      attemptPhase: "Failed",
      next: pending(10_000),
    });
    expect(closingOf(context("Lost"), end(null), 0).next).toMatchObject({ phase: "Succeeded" });
  });
});
