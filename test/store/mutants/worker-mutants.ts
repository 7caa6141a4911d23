import { readControl } from "#adapters/store/reads/fleet.ts";
import { appendLogs } from "#adapters/store/transitions/append-logs.ts";
import { attachWorker, detachWorkers } from "#adapters/store/transitions/attach-worker.ts";
import { leaveGateway } from "#adapters/store/transitions/beat-gateway.ts";
import { beatWorkers } from "#adapters/store/transitions/beat-workers.ts";
import { createWorkers } from "#adapters/store/transitions/create-workers.ts";
import { endWorkers } from "#adapters/store/transitions/end-workers.ts";
import { claimLaunches, launchesAccepted } from "#adapters/store/transitions/launch-workers.ts";
import {
  deleteProvider,
  insertProvider,
  updateProvider,
} from "#adapters/store/transitions/provider-records.ts";
import { registerWorker } from "#adapters/store/transitions/register-worker.ts";
import {
  claimSweep,
  deleteExpiredOutput,
  deleteExpiredRuns,
} from "#adapters/store/transitions/sweep-rows.ts";
import { beats } from "../attempts.exam.ts";
import { housekeeping } from "../housekeeping.exam.ts";
import { launches } from "../launches.exam.ts";
import { logs } from "../logs.exam.ts";
import { providers } from "../providers.exam.ts";
import { races } from "../races.exam.ts";
import { workerEnds } from "../worker-ends.exam.ts";
import { workerRaces } from "../worker-races.exam.ts";
import { fleet, registration, streams } from "../workers.exam.ts";
import { mutant } from "./mutant.ts";

export const workerMutants = {
  "beat from any epoch": mutant(beatWorkers, beats["refused: a beat from an old epoch"], [
    "where w.session_epoch = x.epoch and",
    "where",
  ]),
  "beat stamps before the accept": mutant(
    beatWorkers,
    beats["a beat that names nothing, another fence, or an unaccepted attempt stamps nothing"],
    ["a.worker_id = lw.id and a.phase = 'Running'", "a.worker_id = lw.id"],
  ),
  "beat stamps what it does not name": mutant(
    beatWorkers,
    beats["a beat that names nothing, another fence, or an unaccepted attempt stamps nothing"],
    [
      "\n      and lw.executions @> jsonb_build_array(jsonb_build_object('executionId', a.execution_id, 'fence', a.fence))",
      "",
    ],
  ),
  "superseded attempts are not told": mutant(
    beatWorkers,
    beats["a lost attempt with a successor is told lost"],
    [" and r.fence = a.fence and r.finished_at is null", ""],
  ),
  "token spent again": mutant(
    registerWorker,
    registration["refused: a spent token from another session; the replay can be seen"],
    [" and w.session_sha256 = :sessionSha256::text))", "))"],
  ),
  "token spent by two at once": mutant(
    registerWorker,
    workerRaces["two sessions with one token: one enters"],
    ["((w.token_consumed_at is null and", "((w.phase is not null and"],
  ),
  "token expired": mutant(
    registerWorker,
    registration["refused: an expired token; unspent it stays"],
    ["coalesce(w.token_expires_at > t.now, true)", "true"],
  ),
  "token of nobody": mutant(registerWorker, registration["refused: a wrong or empty token"], [
    " and w.token_sha256 = :tokenSha256::text",
    "",
  ]),
  "stream of another session": mutant(
    attachWorker,
    streams["refused: another session, a worker without one, one that is gone, nobody"],
    [" and w.session_sha256 = :sessionSha256::text", ""],
  ),
  "stream without a new epoch": mutant(
    attachWorker,
    streams["every stream raises the epoch, the newest wins"],
    ["session_epoch = w.session_epoch + 1", "session_epoch = w.session_epoch"],
  ),
  "old streams detach": mutant(
    detachWorkers,
    streams["only its own epoch ends a stream; the lease is not touched"],
    ["where w.session_epoch = x.epoch and", "where"],
  ),
  "a gateway's goodbye by a snapshot": mutant(
    leaveGateway,
    workerRaces["a gateway's goodbye waits for a stream that moved on: it stays"],
    [" order by w.id for update of w", ""],
  ),
  "end of a worker that is not idle": mutant(
    endWorkers,
    workerEnds["idle: refused, idle for too short"],
    [` and w.idle_since <= t.now - hodei.millis(x."idleMs")`, ""],
  ),
  "end of a worker by a snapshot": mutant(
    endWorkers,
    races["the end of an idle worker waits for assign: it is idle no more"],
    ['order by x."workerId" for update of w', 'order by x."workerId"'],
  ),
  "end of everybody's worker": mutant(
    endWorkers,
    workerEnds["dedicated-orphan: refused, made for no run"],
    ["\n        and w.dedicated_run_id is not null", ""],
  ),
  "end of a worker whose run is open": mutant(
    endWorkers,
    workerEnds["dedicated-orphan: refused, its run is open"],
    [
      "\n        and not exists (select from hodei.run r where r.id = any(array[w.dedicated_run_id]) and r.finished_at is null)",
      "",
    ],
  ),
  "strangers' output": mutant(appendLogs, logs["refused: chunks of strangers"], [
    ` and a.worker_id = d."workerId"`,
    "",
  ]),
};

export const installMutants = {
  "more providers than may be": mutant(
    insertProvider,
    providers["a taken name, and one more than there may be, are refused and change nothing"],
    ["\n    where (select count(*) from hodei.provider) < :max::bigint", ""],
  ),
  "the provider in use is forgotten": mutant(
    deleteProvider,
    providers["a provider is forgotten, the install's own is not"],
    [" and not p.of_install", ""],
  ),
  "the provider in use is renamed": mutant(
    updateProvider,
    providers["an update replaces the settings, of the install's own all but name and number"],
    ["case when p.of_install then p.name else :name::text end", ":name::text"],
  ),
  "any provider stops launches": mutant(
    readControl,
    providers["only the status of the install's own provider stops launches"],
    ["p.of_install and ", ""],
  ),
  "workers made twice for one demand": mutant(
    createWorkers,
    fleet["worker rows are written once for one count of the demand"],
    [" where launch_epoch = :launchEpoch::bigint", ""],
  ),
  "launches beyond the bucket": mutant(
    claimLaunches,
    launches["the bucket bounds a burst and fills again"],
    ["least(:limit::bigint, (select floor(tokens)::bigint from bucket))", ":limit::bigint"],
  ),
  "launches from a bucket that another empties": mutant(
    claimLaunches,
    workerRaces["two passes share one bucket"],
    ["\n    for update of control", ""],
  ),
  "launches claimed twice": mutant(
    claimLaunches,
    launches["a launch is claimed once, with the frozen request"],
    [
      "where w.phase = 'Creating' and w.external_id is null and w.launch_after <= t.now\n      and coalesce",
      "where w.phase = 'Creating' and w.external_id is null\n      and coalesce",
    ],
    [
      "where exists (select from hodei.worker w where w.phase = 'Creating' and w.external_id is null and w.launch_after <= t.now)",
      "where true",
    ],
  ),
  "launches with a token too old": mutant(
    claimLaunches,
    launches["refused: a token that the provider may no longer know"],
    ["coalesce(w.first_launch_at > t.now - hodei.millis(:reuseMs::float8), true)", "true"],
  ),
  "a second machine": mutant(
    launchesAccepted,
    launches["a machine's id comes once; its worker's clocks count from there"],
    ["where w.external_id is null order", "where true order"],
  ),
  "everybody sweeps": mutant(
    claimSweep,
    housekeeping["one process sweeps in a period, however many ask"],
    ["where swept_at <= hodei.clock() - hodei.millis(:periodMs::float8)", "where true"],
  ),
  "runs deleted before their time": mutant(
    deleteExpiredRuns,
    housekeeping["a run without output is not deleted before its time either"],
    ["where expires_at <= (select hodei.clock())", "where expires_at is not null"],
  ),
  "output deleted before its time": mutant(
    deleteExpiredOutput,
    housekeeping["a final run goes after its time to live, with all that was its own"],
    ["where expires_at <= (select hodei.clock())", "where expires_at is not null"],
  ),
  "runs deleted before their output": mutant(
    deleteExpiredRuns,
    housekeeping["output goes before its run, so much at a time"],
    [
      "where (select c.run_id from hodei.log_chunk c where c.run_id = oldest.id limit 1) is null",
      "where true",
    ],
  ),
};
