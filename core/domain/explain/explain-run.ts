import { isFinal } from "../job-run/phase.ts";
import { limits } from "../limits.ts";
import { matchRuns } from "../reconcile/match-runs.ts";
import type { Decision } from "../reconcile/prefer-workers.ts";
import type { QueuedShape } from "../reconcile/snapshot.ts";
import { fits } from "../worker/fit.ts";
import { explainProfiles, neverUnless } from "./explain-profiles.ts";
import { explainWorkers } from "./explain-workers.ts";
import type {
  About,
  Blocker,
  ExplainSnapshot,
  Explanation,
  PlacedAttempt,
  PlacementDecision,
  Unblock,
  Verdict,
} from "./explanation.ts";
import { span } from "./span.ts";

/**
 * Why a run is where it is: every reason why it waits, with what would end each, and whether it
 * ever can start. READY is what `matchRuns` says of the same snapshot, so an explanation and a
 * placement never disagree; the rest says why that one did not choose the run.
 */
export function explainRun(at: ExplainSnapshot): Explanation {
  const { run } = at;
  if (run.phase !== "Pending") return settled(at);
  const own = ownReasons(at);
  const never = neverStarts(at);
  if (never) return answer(at, "NEVER", [...neverUnless(at), ...own]);
  if (own.length > 0) return answer(at, "NOT_YET", own);
  const matches = matchRuns(queueWith(at), at.workers, limits.placementRunsMax, at.strategy);
  const match = matches.find((one) => one.run.id === run.id);
  if (match) {
    const summary = `the next look gives it to worker ${match.worker.id}`;
    const decision = decisionView(match.decision, null);
    return { ...answer(at, "READY", []), summary, workerId: match.worker.id, decision };
  }
  return answer(at, "NOT_YET", [...behind(at), ...explainWorkers(at), ...explainProfiles(at)]);
}

/** Its own shape is looked at for sure; a run that moved between two reads is put back. */
function queueWith({ queue, run }: ExplainSnapshot): readonly QueuedShape[] {
  const mine = queue.find(({ shape }) => shape === run.shape);
  const { id, fence, rank, notBefore: dueAt, reason, message } = run;
  const queued = { id, fence, rank, dueAt, reason, message };
  if (!mine) {
    const { shape, placement } = run;
    return [...queue, { shape, placement, due: 1, runs: [queued] }];
  }
  const isWhole = mine.runs.length >= mine.due;
  if (!isWhole || mine.runs.some((one) => one.id === id)) return queue;
  const runs = [...mine.runs, queued];
  return queue.map((shape) => (shape === mine ? { ...mine, due: mine.due + 1, runs } : shape));
}

/** What keeps the run from being due. */
function ownReasons({ run, now }: ExplainSnapshot): About[] {
  const found: About[] = [];
  const say = (code: Blocker["code"], message: string, since: number | null, unblock: Unblock) =>
    found.push({ blocker: { code, subject: "run", message, since, misfits: [] }, unblock });
  if (run.blockedBy !== null)
    say(
      "WaitingForMachineGone",
      `the machine of worker ${run.blockedBy}, which was lost with it, is not known to be gone`,
      run.blockedSince,
      {
        change: `wait: the machine of worker ${run.blockedBy} is being stopped`,
        effect: "the run is due when it is gone (replacement AfterLost would not wait)",
        wait: true,
      },
    );
  if (run.reason === "Suspended")
    say("Suspended", "it is suspended", null, {
      ...{ change: "resume it", effect: "it is in the queue again", wait: false },
    });
  if (run.notBefore > now) {
    const wait = span(run.notBefore - now);
    const isBackoff = run.reason === "Backoff";
    say(
      isBackoff ? "Backoff" : "StartAfter",
      isBackoff ? `its next attempt is due in ${wait}` : `it starts in ${wait}, as was asked`,
      null,
      { change: `wait ${wait}`, effect: "the run is due", wait: true },
    );
  }
  return found;
}

/** Nothing that is here or could be made here does for it. */
const neverStarts = ({ run, profiles, kinds, fleetIsCut }: ExplainSnapshot): boolean =>
  !fleetIsCut &&
  !profiles.some((profile) => fits(run.placement, profile)) &&
  !kinds.some(
    (kind) => kind.state !== "Leaving" && kind.dedicated !== "other" && fits(run.placement, kind),
  );

/** Whose worker is made for it alone passes nobody and is passed by nobody. */
function behind({ position, run }: ExplainSnapshot): About[] {
  const { ahead, sameShape, isLeast } = position;
  if (ahead === 0 || run.placement.dedicatedWorker) return [];
  const count = `${isLeast ? "at least " : ""}${ahead}`;
  return [
    {
      blocker: {
        code: "BehindOthers",
        subject: "queue",
        message: `${count} due runs are ahead, ${sameShape} of them need the same of a worker`,
        since: null,
        misfits: [],
      },
      unblock: {
        change: "raise its priority (a run submitted with a higher one)",
        effect: "it is looked at before runs of lower priority",
        wait: false,
      },
    },
  ];
}

/** A run that a worker has, or had. */
function settled(at: ExplainSnapshot): Explanation {
  const { run } = at;
  if (isFinal(run.phase)) {
    const why = [run.reason, run.message].filter((part) => part !== null).join(": ");
    const summary = `it is ${run.phase}: ${why}`;
    return { ...answer(at, "FINISHED", []), summary, ...lastPlaced(at) };
  }
  const since = run.attempt === null ? "" : ` since ${span(at.now - run.attempt.assignedAt)}`;
  const stopping: About = {
    blocker: {
      code: "Stopping",
      subject: "run",
      message: "a verdict is stored, its attempt is being stopped",
      since: null,
      misfits: [],
    },
    unblock: null,
  };
  return {
    ...answer(at, "PLACED", run.stopping ? [stopping] : []),
    summary: `worker ${run.workerId} has it${since}`,
    ...lastPlaced(at),
  };
}

function lastPlaced({ run: { attempt } }: ExplainSnapshot) {
  if (attempt === null) return { workerId: null, decision: null };
  return { workerId: attempt.workerId, decision: decisionView(attempt.decision, attempt) };
}

/** Where nobody had a preference nothing was kept, and this is how it was chosen. */
export function decisionView(
  decision: Decision | null,
  attempt: Pick<PlacedAttempt, "executionId" | "assignedAt"> | null,
): PlacementDecision {
  const made = { executionId: attempt?.executionId ?? null, at: attempt?.assignedAt ?? null };
  if (decision) return { ...decision, ...made };
  const reasons = ["fits most tightly of those that are free, then idle for longest"];
  return { strategy: "packing", candidates: null, score: 0, reasons, ...made };
}

function answer(at: ExplainSnapshot, verdict: Verdict, about: readonly About[]): Explanation {
  const { run, now: decidedAt, fleetIsCut } = at;
  const blockers = about.flatMap(({ blocker }) => blocker ?? []);
  const isDue = run.phase === "Pending" && ownReasons(at).length === 0;
  return {
    ...{ runId: run.id, phase: run.phase, verdict, decidedAt, fleetIsCut },
    summary: blockers[0]?.message ?? verdict,
    workerId: null,
    decision: null,
    position: isDue ? at.position : null,
    blockers,
    unblockedBy: changes(about),
  };
}

/** Each change once, what comes by itself first. */
function changes(about: readonly About[]): Unblock[] {
  const byChange = new Map(about.flatMap(({ unblock: one }) => (one ? [[one.change, one]] : [])));
  return [...byChange.values()].sort((a, b) => Number(b.wait) - Number(a.wait));
}
