import type { Entry } from "./entry.ts";
import { gatherFacts } from "./facts.ts";
import type { Rule } from "./rule.ts";
import { acknowledgedRunExists } from "./rules/acknowledged-run-exists.ts";
import { answersAgree } from "./rules/answers-agree.ts";
import { chargedWithinLimit } from "./rules/charged-within-limit.ts";
import { codeNeverOverlaps } from "./rules/code-never-overlaps.ts";
import { codeRunsWithinItsAttempt } from "./rules/code-runs-within-its-attempt.ts";
import { codeStartsOnce } from "./rules/code-starts-once.ts";
import { attemptEndIsFinal, runEndIsFinal } from "./rules/ends-are-final.ts";
import { logAsAcknowledged } from "./rules/log-as-acknowledged.ts";
import { logAsShown } from "./rules/log-as-shown.ts";
import { logWithoutGaps } from "./rules/log-without-gaps.ts";
import { nothingLivesAtRest } from "./rules/nothing-lives-at-rest.ts";
import { numbersOnlyGrow } from "./rules/numbers-only-grow.ts";
import { oneMachinePerWorker } from "./rules/one-machine-per-worker.ts";
import { oneRunPerKey } from "./rules/one-run-per-key.ts";
import { resultAsAcknowledged } from "./rules/result-as-acknowledged.ts";
import { resultOfCurrentFence } from "./rules/result-of-current-fence.ts";
import { rowsAreWhole } from "./rules/rows-are-whole.ts";
import { successWasReported } from "./rules/success-was-reported.ts";
import { tokenOfOneSession } from "./rules/token-of-one-session.ts";

export const RULES: readonly Rule[] = [
  ...[rowsAreWhole, acknowledgedRunExists, oneRunPerKey, answersAgree],
  ...[runEndIsFinal, attemptEndIsFinal, numbersOnlyGrow, chargedWithinLimit],
  ...[resultOfCurrentFence, resultAsAcknowledged, successWasReported],
  ...[logAsAcknowledged, logWithoutGaps, logAsShown],
  ...[codeStartsOnce, codeRunsWithinItsAttempt, codeNeverOverlaps],
  ...[tokenOfOneSession, oneMachinePerWorker, nothingLivesAtRest],
];

/** A broken rule, with the entries that prove it, oldest first. */
export interface Violation {
  readonly rule: string;
  readonly what: string;
  readonly entries: readonly Entry[];
}

/** Judges a history; pure. Empty: nothing in it breaks a rule, which is all that it says. */
export function checkHistory(entries: readonly Entry[]): Violation[] {
  const facts = gatherFacts(entries);
  return RULES.flatMap((rule) =>
    rule.check(facts).map(({ what, entries: proof }) => ({
      rule: rule.name,
      what,
      entries: proof.filter((entry) => entry !== undefined).sort((a, b) => a.n - b.n),
    })),
  );
}
