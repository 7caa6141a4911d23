import { insertRuns } from "#adapters/store/transitions/insert-runs.ts";
import { warm, warmRaces } from "../warm.exam.ts";
import { mutant } from "./mutant.ts";

export const warmMutants = {
  "submit onto a busy worker": mutant(insertRuns, warm["refused: a worker that is busy"], [
    "\n        and w.phase = 'Ready' and",
    " and",
  ]),
  "submit onto another gateway's worker": mutant(
    insertRuns,
    warm["refused: a worker at another gateway"],
    [" and w.gateway_id = :self::uuid", " and :self::uuid is not null"],
  ),
  "submit onto a stream that is over": mutant(
    insertRuns,
    warm["refused: a worker that opened another stream since"],
    [" and w.session_epoch = x.epoch", ""],
  ),
  "submit onto a silent worker": mutant(insertRuns, warm["refused: a worker whose lease is over"], [
    " and w.lease_expires_at > x.now",
    "",
  ]),
  "submit onto a worker of one run": mutant(
    insertRuns,
    warm["refused: a worker made for one run"],
    [
      " and w.dedicated_run_id is null and w.lease_expires_at > x.now",
      " and w.lease_expires_at > x.now",
    ],
  ),
  "submit onto a worker before its time": mutant(insertRuns, warm["refused: before its time"], [
    "\n        and x.due <= x.now",
    "",
  ]),
  "submit onto a worker that is held": mutant(
    insertRuns,
    warmRaces["two submits that propose one worker: one takes it"],
    ["\n      for update of w skip locked) ready", ") ready"],
  ),
  "submit waits for a worker": mutant(
    insertRuns,
    warmRaces["a submit does not wait for a worker that is held: its run waits"],
    ["for update of w skip locked) ready", "for update of w) ready"],
  ),
  "a run that is there already takes a worker": mutant(
    insertRuns,
    warm["a run that is there already takes nothing"],
    [
      "from assigned a where w.id = any(array[a.worker_id])",
      "from placed a where w.id = any(array[a.worker_id])",
    ],
  ),
  "submit onto a worker is not told": mutant(
    insertRuns,
    warm["a run takes the worker that is proposed for it, in one statement"],
    ["    union all\n    select id, 2, created_at, 'Assigned', 1, worker_id from assigned\n", ""],
  ),
};
