import { describe, expect, it } from "vitest";
import { endTroubled } from "#core/application/end-troubled.ts";
import type { RetryPolicy } from "#core/domain/job-run/after-attempt.ts";
import type { TroubledAttempt } from "#core/ports/control-store.ts";
import { makeContext, makeDeps } from "./make.ts";

describe("a successor of an attempt that nobody heard the end of", () => {
  const nextOf = async (rule: TroubledAttempt["rule"], given: Partial<RetryPolicy>) => {
    const context = makeContext();
    const policy = { ...context.policy, backoffLimit: 3, ...given };
    const attempt: TroubledAttempt = { ...context, policy, rule, phase: "Running" };
    const deps = makeDeps({
      store: { troubledAttempts: async () => [attempt], endAttempts: async () => [] },
    });
    await endTroubled(deps);
    const call = deps.store.calls.find(({ method }) => method === "endAttempts");
    return (call?.args[0] as { next: object }[] | undefined)?.[0]?.next;
  };

  // A frozen worker overruns the time-out of its attempt as well, and its code may go on.
  it.each(["lease-over", "unreported", "attempt-overdue"] as const)(
    "%s: waits for its machine to be gone, unless it need not",
    async (rule) => {
      expect(await nextOf(rule, { replacement: "AfterGone" })).toMatchObject({
        ...{ phase: "Pending", blockUntilGone: true },
      });
      expect(await nextOf(rule, { replacement: "AfterLost" })).toMatchObject({
        ...{ phase: "Pending", blockUntilGone: false },
      });
    },
  );
});
