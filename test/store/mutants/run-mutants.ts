import { assignRuns } from "#adapters/store/transitions/assign-runs.ts";
import { findRuns, insertRuns } from "#adapters/store/transitions/insert-runs.ts";
import { noteWaiting } from "#adapters/store/transitions/note-waiting.ts";
import { requestStops } from "#adapters/store/transitions/request-stops.ts";
import { deadlines } from "../deadlines.exam.ts";
import { placement } from "../placement.exam.ts";
import { races } from "../races.exam.ts";
import { runs } from "../runs.exam.ts";
import { mutant, UNLOCKED_RUN } from "./mutant.ts";

export const placementMutants = {
  "assign at any fence": mutant(assignRuns, placement["refused: a run at another fence"], [
    " and r.fence = x.fence and",
    " and",
  ]),
  "assign of a run that waits for a machine": mutant(
    assignRuns,
    placement["refused: a run that waits for a machine"],
    ["and r.blocked_by is null and", "and"],
  ),
  "assign before its time": mutant(
    assignRuns,
    placement["refused: a run of the future, until its time"],
    [" and r.not_before <= (select now from t)", ""],
  ),
  "assign against the verdict": mutant(assignRuns, placement["refused: a run with a verdict"], [
    " and r.verdict_phase is null",
    "",
  ]),
  "assign to a worker of another run": mutant(
    assignRuns,
    placement["refused: a worker made for another run"],
    [`\n      and (w.dedicated_run_id is null or w.dedicated_run_id = lr.id)`, ""],
  ),
  "assign to a silent worker": mutant(
    assignRuns,
    placement["refused: a worker whose lease is over"],
    [" and w.lease_expires_at > (select now from t)", ""],
  ),
  "assign to a worker without a stream": mutant(
    assignRuns,
    placement["refused: a worker without a stream, until it is back"],
    [" and w.gateway_id is not null", ""],
  ),
  "assign twice to one worker in a batch": mutant(
    assignRuns,
    placement["a batch gives what it can: one worker one run, one run one worker"],
    [`distinct on ("workerId") `, ""],
  ),
  "assign of a run that another placement holds": mutant(
    assignRuns,
    races["two placements of one run, of one worker: one each, without waiting"],
    [" for update of r skip locked", ""],
  ),
  "assign to a worker that another placement holds": mutant(
    assignRuns,
    races["two placements of one run, of one worker: one each, without waiting"],
    [" for update of w skip locked", ""],
  ),
  "notes repeated": mutant(
    noteWaiting,
    placement["why a run waits is written only when it changed, and is no event"],
    [
      "\n      and (r.pending_reason is distinct from x.reason or r.message is distinct from x.message)",
      "",
    ],
  ),
  "a full queue takes more": mutant(insertRuns, runs["a full queue takes no more, and says so"], [
    "from placed x, queue where not queue.is_full",
    "from placed x, queue",
  ]),
  "a gateway that looks by itself is told": mutant(
    insertRuns,
    runs["a gateway that looks by itself tells nobody"],
    ["when :notify::boolean and exists", "when :notify::boolean is not null and exists"],
  ),
  "a submit that stores nothing tells": mutant(
    insertRuns,
    runs["nobody is told of a submit that stores nothing, nor of a worker made for another run"],
    ["exists (select from new_run where suspended_at is null) and ", ""],
    // Answered with the id of what was sent, else nobody would see that they were told.
    ["json_build_object('id', n.id, 'createdAt'", "json_build_object('id', x.id, 'createdAt'"],
    ["from new_run n, poke\n", "from x left join new_run n on true, poke\n"],
  ),
  "gateways are told of a silent one's worker": mutant(
    insertRuns,
    runs["nobody is told of an idle worker whose gateway is gone, or silent"],
    ["\n          and g.beat_at >= t.now - hodei.millis(:gatewayDeadMs::float8)", ""],
  ),
  "gateways are told of a worker whose lease is over": mutant(
    insertRuns,
    runs["nobody is told of an idle worker whose lease is over"],
    [" and w.lease_expires_at > t.now", ""],
  ),
  "gateways are told of a worker of another run": mutant(
    insertRuns,
    runs["nobody is told of a submit that stores nothing, nor of a worker made for another run"],
    [
      "w.phase = 'Ready' and w.dedicated_run_id is null and w.lease_expires_at > t.now",
      "w.phase = 'Ready' and w.lease_expires_at > t.now",
    ],
  ),
  "the holder of an id before that of a key": mutant(
    findRuns,
    runs["a key names its run, an id too, the key before the id, a stranger nobody"],
    [`run where idempotency_key = x."idempotencyKey"`, "run where id = x.id"],
    ["run where id = x.id\n    limit", `run where idempotency_key = x."idempotencyKey"\n    limit`],
  ),
};

export const stopMutants = {
  "deadline before its time": mutant(
    requestStops,
    deadlines["nobody is stopped before the deadline"],
    ["\n      and (x.rule <> 'deadline' or r.deadline_at <= (select now from t))", ""],
  ),
  "stop without the attempt that was made meanwhile": mutant(
    requestStops,
    races["cancel waits for assign: asked again it finds the attempt"],
    ["where (lr.phase = 'Pending') = (la.run_id is null)", "where true"],
  ),
  "stop by a snapshot": mutant(
    requestStops,
    races["cancel waits for assign: asked again it finds the attempt"],
    UNLOCKED_RUN,
  ),
  "stop repeated": mutant(
    requestStops,
    runs["cancel again, of a final run, or of nobody: nothing"],
    [" and r.verdict_phase is null", ""],
  ),
  "stop of a final run": mutant(
    requestStops,
    runs["cancel again, of a final run, or of nobody: nothing"],
    ["where r.finished_at is null and", "where"],
    ["where (lr.phase = 'Pending') = (la.run_id is null)", "where true"],
  ),
  "stop keeps the worker": mutant(
    requestStops,
    runs["cancel of a run whose attempt was not accepted ends both and frees the worker"],
    ["where d.returned and w.id =", "where false and w.id ="],
  ),
};
