import { readPlacement } from "#adapters/store/reads/placement.ts";
import { assignRuns } from "#adapters/store/transitions/assign-runs.ts";
import { insertRuns } from "#adapters/store/transitions/insert-runs.ts";
import { setScheduler } from "#adapters/store/transitions/set-scheduler.ts";
import { configuring, preferring } from "../scheduling.exam.ts";
import { mutant } from "./mutant.ts";

export const schedulingMutants = {
  "configured over another's version": mutant(
    setScheduler,
    configuring["refused: another version than the one that is stored"],
    ["c.scheduler_version = :version::bigint)", "true)"],
  ),
  "configured anew although the same": mutant(
    setScheduler,
    configuring["the same again changes nothing, with whatever version"],
    ["where c.scheduler is distinct from :config::jsonb\n      and", "where"],
  ),
  "configured queue without a bound": mutant(
    insertRuns,
    configuring["more waiting runs than it allows are refused"],
    ["least(:pendingMax::bigint, (scheduler ->> 'pendingRunsMax')::bigint)", ":pendingMax::bigint"],
  ),
  "a key that is forgotten with the next run": mutant(
    assignRuns,
    preferring["affinity: the worker of the last run of the key, also after runs without one"],
    ["coalesce(lr.affinity_key, w.affinity_key) as affinity_key", "null::text as affinity_key"],
  ),
  "a decision that is not kept": mutant(
    assignRuns,
    preferring["a preferred worker is seen wherever it stands, and taken"],
    ["m.worker_id, m.decision, t.now", "m.worker_id, null, t.now"],
  ),
  "excluded workers take the place of others": mutant(
    readPlacement,
    preferring["excluded workers do not hide the others behind them"],
    [
      "greatest(w.n, :choiceMax::bigint) + a.excluded",
      "w.n + 0 * (:choiceMax::bigint + a.excluded)",
    ],
  ),
};
