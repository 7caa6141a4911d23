import { acceptAttempts } from "#adapters/store/transitions/accept-attempts.ts";
import { recordResults, resultVerdicts } from "#adapters/store/transitions/record-results.ts";
import { accepts } from "../attempts.exam.ts";
import { races } from "../races.exam.ts";
import { results, wear } from "../results.exam.ts";
import { runs } from "../runs.exam.ts";
import { workerRaces } from "../worker-races.exam.ts";
import { CLAIMED_FENCE, mutant, UNLOCKED_RUN } from "./mutant.ts";

export const resultMutants = {
  "result without the fence": mutant(
    recordResults,
    results["the late result of an old fence is fenced, and touches nothing of its successor"],
    ["r.fence = x.fence and r.phase", "r.phase"],
    CLAIMED_FENCE,
  ),
  "result with a false run id": mutant(
    recordResults,
    results["a run id that is not the execution's proves nothing"],
    ["a.execution_id = any(array[lr.execution_id]) and ", ""],
    [" a.worker_id = lr.worker_id", " true"],
  ),
  "result with the fence of a snapshot": mutant(
    recordResults,
    races["result waits for the loss of its attempt and the next one: fenced"],
    UNLOCKED_RUN,
  ),
  "result in any phase of the run": mutant(
    recordResults,
    results["refused: when only the run's phase moved on"],
    [" and r.phase in ('Pending', 'Running')", ""],
  ),
  "result of any attempt": mutant(recordResults, results["refused: when only the attempt ended"], [
    "where a.phase in ('Running', 'Lost')",
    "where true",
  ]),
  "result of a lost attempt thrown away": mutant(
    recordResults,
    results["the result of a lost attempt is salvaged while no newer one exists"],
    ["where a.phase in ('Running', 'Lost')", "where a.phase in ('Running')"],
  ),
  "result after the worker's own word of its loss": mutant(
    recordResults,
    results["a worker that reports its own loss leaves, and that word stands"],
    [" and a.result_id is null", ""],
  ),
  "result from any epoch": mutant(recordResults, results["refused: from an old session epoch"], [
    "where w.session_epoch = la.epoch and w.phase",
    "where w.phase",
  ]),
  "result with the epoch of a snapshot": mutant(
    recordResults,
    workerRaces["writes of a stream wait for its successor: all are refused"],
    ["order by la.worker_id for update of w", "order by la.worker_id"],
  ),
  "result of a worker that is gone": mutant(
    recordResults,
    results["refused: when only the worker went"],
    [" and w.phase in ('Busy', 'Draining', 'Terminating')", ""],
  ),
  "result releases whatever its worker holds": mutant(
    recordResults,
    wear["a salvaged result leaves the run that its worker took since alone"],
    ["w.run_id = la.run_id and w.run_fence = la.fence as held", "true as held"],
  ),
  "result beats the verdict": mutant(
    recordResults,
    runs[
      "cancel of a running run keeps the verdict; the result makes it Cancelled even with exit 0"
    ],
    ["coalesce(c.verdict_phase, c.next_phase)", "c.next_phase"],
    ["coalesce(c.verdict_reason, c.next_reason)", "c.next_reason"],
  ),
  "result reads the verdict of a snapshot": mutant(
    recordResults,
    races["result waits for cancel: the verdict stands"],
    [
      "coalesce(c.verdict_phase, c.next_phase)",
      "coalesce((select s.verdict_phase from hodei.run s where s.id = c.run_id), c.next_phase)",
    ],
    [
      "coalesce(c.verdict_reason, c.next_reason)",
      "coalesce((select s.verdict_reason from hodei.run s where s.id = c.run_id), c.next_reason)",
    ],
  ),
  "worn workers go on": mutant(
    recordResults,
    wear["a worker drains after its last allowed attempt"],
    ["w.runs_taken >= w.max_runs", "false"],
  ),
  "superseded streams hear fenced": mutant(
    resultVerdicts,
    results["a superseded stream is told nothing while its attempt still waits for the result"],
    ["('Assigned', 'Running', 'Lost')", "('Assigned', 'Running')"],
  ),
};

export const acceptMutants = {
  "accept against the verdict": mutant(
    acceptAttempts,
    accepts["refused: after cancel, when it is a repeat"],
    [" and r.verdict_phase is null", ""],
  ),
  "accept with the verdict of a snapshot": mutant(
    acceptAttempts,
    races["a repeated accept waits for cancel: it is not answered"],
    UNLOCKED_RUN,
  ),
  "accept without the fence": mutant(
    acceptAttempts,
    accepts["refused: when only the run's fence moved on"],
    ["r.fence = x.fence and r.phase", "r.phase"],
    ["select r.id, r.fence,", "select r.id, x.fence,"],
  ),
  "accept with a false run id": mutant(
    acceptAttempts,
    accepts["a run id that is not the execution's proves nothing"],
    ["a.execution_id = any(array[lr.execution_id]) and ", ""],
    [" a.worker_id = lr.worker_id", " true"],
  ),
  "accept in any phase of the run": mutant(
    acceptAttempts,
    accepts["refused: when only the run's phase moved on"],
    [" and r.phase in ('Assigned', 'Running')", ""],
  ),
  "accept of an ended attempt": mutant(
    acceptAttempts,
    accepts["refused: when only the attempt ended"],
    ["where a.phase in ('Assigned', 'Running')", "where true"],
  ),
  "accept from any epoch": mutant(acceptAttempts, accepts["refused: from an old session epoch"], [
    "where w.session_epoch = la.epoch and w.phase",
    "where w.phase",
  ]),
  "accept by a worker that goes": mutant(
    acceptAttempts,
    accepts["refused: when only the worker went"],
    [" and w.phase in ('Busy', 'Draining')", ""],
  ),
  "accept for another worker's attempt": mutant(
    acceptAttempts,
    accepts["refused: by another worker"],
    [" and a.worker_id = lr.worker_id", ""],
    [
      "on w.id = any(array[la.worker_id])",
      "on w.id = (select a.worker_id from hodei.attempt a where a.execution_id = la.execution_id)",
    ],
  ),
};
