import { assignManually } from "#adapters/store/transitions/assign-manually.ts";
import { endManually } from "#adapters/store/transitions/end-manually.ts";
import { requestStops } from "#adapters/store/transitions/request-stops.ts";
import { noteProgress, startManually } from "#adapters/store/transitions/start-manually.ts";
import { manual } from "../manual.exam.ts";
import { mutant } from "./mutant.ts";

const NOT_NOW = manual["refused: a run that placement would not take now"];
const TRIED_AGAIN = manual["its failure is tried again, by whoever is ready"];
const OF_A_WORKER = manual["refused: every move of an attempt that a worker has"];

export const manualMutants = {
  "by hand: assign of a suspended run": mutant(assignManually, NOT_NOW, [
    " and r.suspended_at is null",
    "",
  ]),
  "by hand: assign of a blocked run": mutant(assignManually, NOT_NOW, [
    "r.blocked_by is null and ",
    "",
  ]),
  "by hand: assign before its time": mutant(assignManually, NOT_NOW, [
    " and r.not_before <= (select now from t)",
    "",
  ]),
  "by hand: assign to our worker": mutant(
    assignManually,
    manual["refused: a worker of this install"],
    ["\n      and (select w.id from hodei.worker w where w.id = :workerId::uuid) is null", ""],
  ),
  "by hand: start of a worker's attempt": mutant(startManually, OF_A_WORKER, [" and a.manual", ""]),
  "by hand: progress of a worker's attempt": mutant(noteProgress, OF_A_WORKER, [
    " and a.manual",
    "",
  ]),
  "by hand: end of a worker's attempt": mutant(endManually, OF_A_WORKER, [
    "a.manual and a.phase",
    "a.phase",
  ]),
  "by hand: end of what was not started": mutant(
    endManually,
    manual["refused: what was not started has no end"],
    ["where r.phase = 'Running'", "where r.phase in ('Assigned', 'Running')"],
    ["a.manual and a.phase = 'Running'", "a.manual"],
  ),
  // The phase of the run, that of the attempt and its number say the same of an attempt that has ended,
  // so none of them is missed alone.
  "by hand: start of what has ended": mutant(
    startManually,
    manual["its end is the run's"],
    ["\n      and r.phase in ('Assigned', 'Running')", ""],
    ["\n      and a.phase in ('Assigned', 'Running')", ""],
  ),
  "by hand: start of an older attempt": mutant(
    startManually,
    TRIED_AGAIN,
    [" and a.fence = l.fence\n    where a.execution_id", "\n    where a.execution_id"],
    ["\n      and a.phase in ('Assigned', 'Running')", ""],
  ),
  "by hand: end of an older attempt": mutant(
    endManually,
    TRIED_AGAIN,
    [" and a.fence = lr.fence\n", "\n"],
    ["a.manual and a.phase = 'Running'", "a.manual"],
  ),
  "by hand: a stop waits for nobody": mutant(
    requestStops,
    manual["a cancel and a deadline end it at once: there is nobody to tell"],
    ["coalesce(la.phase <> 'Running' or la.manual, true)", "la.phase is distinct from 'Running'"],
  ),
};
