import { misfitsOf, misfitText } from "../worker/fit.ts";
import type { About, BlockerCode, ExplainSnapshot, Unblock, WorkerKind } from "./explanation.ts";
import { span } from "./span.ts";

/** For each kind of worker that is here, why the run does not get one of them now. */
export const explainWorkers = (at: ExplainSnapshot): About[] =>
  at.kinds.map((kind) => explainKind(kind, at)).sort((a, b) => weight(a) - weight(b));

/** What could soon serve the run comes before what never will. */
const weight = ({ blocker, unblock }: About): number =>
  blocker?.code === "WorkerMisfit" ? 2 : unblock?.wait ? 0 : 1;

interface Reason {
  readonly code: BlockerCode;
  readonly message: string;
  readonly unblock: Unblock | null;
}

function explainKind(kind: WorkerKind, at: ExplainSnapshot): About {
  const { workers, workerId, profile, since } = kind;
  const subject = workers === 1 ? `worker ${workerId}` : `${workers} workers of ${profile}`;
  const misfits = misfitsOf(at.run.placement, kind);
  const reason: Reason =
    misfits.length > 0
      ? { code: "WorkerMisfit", message: misfits.map(misfitText).join("; "), unblock: null }
      : (whyNotTaken(kind, at, subject) ?? inState(kind, at, subject));
  const { code, unblock } = reason;
  const message = `${subject}: ${reason.message}`;
  return { blocker: { code, subject, message, since, misfits }, unblock };
}

const waitFor = (change: string, effect: string): Unblock => ({ change, effect, wait: true });
const change = (text: string, effect: string): Unblock => ({ change: text, effect, wait: false });

/** It would fit, and is not for this run whatever state it is in. */
function whyNotTaken(kind: WorkerKind, at: ExplainSnapshot, subject: string): Reason | null {
  if (kind.excluded)
    return {
      code: "WorkerExcluded",
      message: "the run names it among its excludedWorkers",
      unblock: change(
        `submit it without ${kind.workerId} in scheduling.excludedWorkers`,
        "that worker may take it",
      ),
    };
  if (kind.dedicated === "other")
    return { code: "WorkerDedicated", message: "made for another run", unblock: null };
  if (at.run.placement.dedicatedWorker && kind.dedicated === null)
    return {
      code: "WorkerShared",
      message: "the run asked for a worker of its own",
      unblock: change("submit it without dedicatedWorker", `${subject} may take it`),
    };
  return null;
}

function inState({ state, since }: WorkerKind, { now }: ExplainSnapshot, subject: string): Reason {
  const ago = since === null ? "" : ` since ${span(now - since)}`;
  switch (state) {
    case "Ready":
      return {
        code: "BehindOthers",
        message: "fits and is free, runs ahead take it",
        unblock: waitFor("wait: runs ahead are placed first", "the next free worker is its own"),
      };
    case "Busy":
      return {
        code: "WorkerBusy",
        message: `fits, and runs something${ago}`,
        unblock: waitFor(`wait: ${subject} fits, and will be free`, "it may take the run"),
      };
    case "Coming":
      return {
        code: "WorkerComing",
        message: `fits, and is on its way${ago}`,
        unblock: waitFor(`wait: ${subject} is on its way${ago}`, "it may take the run"),
      };
    case "Leaving":
      return { code: "WorkerLeaving", message: `fits, and is leaving${ago}`, unblock: null };
    case "NoStream":
      return {
        code: "WorkerNoStream",
        message: "fits, and has no stream to a gateway",
        unblock: waitFor(
          `wait: ${subject} attaches again, or its lease ends`,
          "then it is decided",
        ),
      };
    case "LeaseOver":
      return { code: "WorkerLeaseOver", message: "fits, and its lease is over", unblock: null };
    case "GatewaySilent":
      return {
        code: "WorkerGatewaySilent",
        message: "fits, and its gateway has said nothing for a while",
        unblock: waitFor(`wait: ${subject} attaches to another gateway`, "it may take the run"),
      };
  }
}
