import { countCancellable, readCancellable } from "#adapters/store/reads/cancellable.ts";
import { assignRuns } from "#adapters/store/transitions/assign-runs.ts";
import { unblockRuns } from "#adapters/store/transitions/end-machines.ts";
import { insertRuns } from "#adapters/store/transitions/insert-runs.ts";
import { noteWaiting } from "#adapters/store/transitions/note-waiting.ts";
import { patchRuns } from "#adapters/store/transitions/patch-runs.ts";
import { recordResults } from "#adapters/store/transitions/record-results.ts";
import { cancellable } from "../cancellable.exam.ts";
import { patches, patchRaces, suspends } from "../patch.exam.ts";
import { mutant } from "./mutant.ts";

const LEFT_ALONE =
  suspends["a waiting run is suspended, and left alone by placement, notes and deadlines"];
const SUBMITTED =
  suspends["a run is submitted suspended: stored, but not in the queue, without a deadline"];

export const patchMutants = {
  "suspended run assigned": mutant(assignRuns, LEFT_ALONE, [" and r.suspended_at is null", ""]),
  "suspended run noted": mutant(noteWaiting, LEFT_ALONE, [" and r.suspended_at is null", ""]),
  "suspended run onto a proposed worker": mutant(
    insertRuns,
    suspends["a suspended run takes no worker that is proposed for it"],
    [" and not x.suspend", ""],
  ),
  "gateways told of a suspended run": mutant(insertRuns, SUBMITTED, [
    "from new_run where suspended_at is null",
    "from new_run",
  ]),
  "suspended run with a deadline": mutant(insertRuns, SUBMITTED, [
    "case when x.suspend then 'infinity' else",
    "case when false then 'infinity' else",
  ]),
  "suspended run unblocked into the queue": mutant(
    unblockRuns,
    suspends["the machine of a suspended run is gone: it stays suspended"],
    ["case when r.suspended_at is null then 'Queued' else r.pending_reason end", "'Queued'"],
  ),
  "suspended run tried again": mutant(
    recordResults,
    patchRaces["a late result waits for suspend: no other try is made"],
    ["when r.suspended_at is not null then 'Suspended'", "when false then 'Suspended'"],
  ),
  "salvaged run that stays suspended": mutant(
    recordResults,
    suspends["a suspended run keeps the late result of its lost attempt: an end, or no other try"],
    ["suspended_at = case when d.final_phase = 'Pending' then r.suspended_at end,", ""],
  ),
  "suspended run waited for": mutant(
    recordResults,
    suspends["a suspended run is no reason to look at the queue"],
    ["\n      and r.suspended_at is null)", ")"],
  ),
  "patch of a run that a worker has": mutant(
    patchRuns,
    patches["refused: a run that a worker has, and one that is final"],
    ["where r.phase = 'Pending'\n", "where r.finished_at is null\n"],
  ),
  "patch by a snapshot": mutant(
    patchRuns,
    patchRaces["a priority waits for another one: it moves from where that left it"],
    [" for update of r\n", "\n"],
  ),
  "patch repeated": mutant(patchRuns, patches["refused: what is so already, sent twice too"], [
    " and (l.moves or l.suspends or l.resumes)",
    "",
  ]),
  "suspend repeated": mutant(patchRuns, patches["refused: what is so already, sent twice too"], [
    "x.suspend and r.suspended_at is null, false",
    "x.suspend, false",
  ]),
  "resume of what is not suspended": mutant(
    patchRuns,
    patches["refused: what is so already, sent twice too"],
    ["not x.suspend and r.suspended_at is not null, false", "not x.suspend, false"],
  ),
  "resume keeps its place": mutant(
    patchRuns,
    suspends["a resumed run is due now: its place and its deadline start anew"],
    [
      "case when l.resumes then greatest(t.now, r.not_before)\n          else",
      "case when false then greatest(t.now, r.not_before)\n          else",
    ],
  ),
  "resume before its start": mutant(
    patchRuns,
    suspends["a resumed run still waits for its start"],
    ["greatest(t.now, l.start_after)", "t.now"],
  ),
  "cancellable although it is being stopped": mutant(
    readCancellable,
    cancellable["waiting and live runs with the labels are found, others and final ones are not"],
    ["r.finished_at is null and r.verdict_phase is null", "r.finished_at is null"],
  ),
  "cancellable although submitted later": mutant(
    countCancellable,
    cancellable["those submitted after the count are not meant"],
    [
      "r.labels @> :labels::jsonb and r.created_at <= (select at from until)\n    union",
      "r.labels @> :labels::jsonb\n    union",
    ],
  ),
};
