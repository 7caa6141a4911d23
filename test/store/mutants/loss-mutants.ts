import { beatGateway } from "#adapters/store/transitions/beat-gateway.ts";
import { endAttempts } from "#adapters/store/transitions/end-attempts.ts";
import { endMachines, unblockRuns } from "#adapters/store/transitions/end-machines.ts";
import { leaseFloor, lostGuards } from "../lost-guards.exam.ts";
import { races } from "../races.exam.ts";
import { machines } from "../worker-ends.exam.ts";
import { CLAIMED_FENCE, mutant } from "./mutant.ts";

export const lossMutants = {
  "loss without the fence": mutant(
    endAttempts,
    lostGuards["lease-over: refused when only the run's fence moved on"],
    ["r.fence = x.fence and r.phase", "r.phase"],
    CLAIMED_FENCE,
  ),
  "loss of an attempt that started meanwhile": mutant(
    endAttempts,
    races["return and loss wait for accept: decided for an attempt that had not started"],
    ["where a.phase = lr.expected and a.worker_id", "where a.worker_id"],
    ["when 'not-accepted' then a.phase = 'Assigned' and", "when 'not-accepted' then"],
  ),
  "loss although the lease lives": mutant(
    endAttempts,
    lostGuards["lease-over: refused once the worker beat again"],
    [
      "when 'lease-over' then w.lease_expires_at <= (select now from t)\n        and",
      "when 'lease-over' then",
    ],
  ),
  "loss by the lease of a snapshot": mutant(
    endAttempts,
    races["loss waits for a heartbeat: the lease lives"],
    [" for update of w\n  ),\n  closing", "\n  ),\n  closing"],
  ),
  "loss without the lease floor": mutant(
    endAttempts,
    leaseFloor["after an outage of all gateways nobody is lost until the survivors had time"],
    [
      "when 'lease-over' then w.lease_expires_at <= (select now from t)\n        and hodei.loss_allowed((select now from t))",
      "when 'lease-over' then w.lease_expires_at <= (select now from t)",
    ],
  ),
  "unreported without the lease floor": mutant(
    endAttempts,
    leaseFloor["while no gateway lives nobody is lost"],
    [
      "hodei.millis(:reportedLimitMs::float8)\n        and hodei.loss_allowed((select now from t))",
      "hodei.millis(:reportedLimitMs::float8)",
    ],
  ),
  "return before the deadline": mutant(
    endAttempts,
    lostGuards["not-accepted: refused before the deadline"],
    [" and a.accept_deadline_at <= (select now from t)", ""],
  ),
  "refusal from any epoch": mutant(
    endAttempts,
    lostGuards["refused: not by an old session epoch"],
    ["when 'refused' then w.session_epoch = la.epoch", "when 'refused' then true"],
  ),
  "loss of what the worker no longer holds": mutant(
    endAttempts,
    lostGuards["lease-over: refused when the worker holds another attempt"],
    [" and w.run_fence = la.fence", ""],
  ),
  "any rule ends": mutant(endAttempts, lostGuards["no rule, no end"], [
    "else false end",
    "else true end",
  ]),
  "a gap of all gateways unnoticed": mutant(
    beatGateway,
    leaseFloor["after an outage of all gateways nobody is lost until the survivors had time"],
    ["case when gateways_live_until < t.now", "case when false"],
  ),
};

export const machineMutants = {
  "machine's end of an attempt that started meanwhile": mutant(
    endMachines,
    machines["refused: the attempt started since the look"],
    ["where a.phase = lr.expected and a.worker_id", "where a.worker_id"],
  ),
  "machine's end although its worker took a run": mutant(
    endMachines,
    machines["refused: the worker took an attempt since the look"],
    [
      ` and w.run_id is not distinct from x."runId"\n      and w.run_fence is not distinct from x.fence`,
      "",
    ],
  ),
  "machine's end by a snapshot of the worker": mutant(
    endMachines,
    races["the end of a machine waits for assign: the attempt is not orphaned"],
    [" for update of w\n  ),\n  closing", "\n  ),\n  closing"],
  ),
  "machine's end of another fence": mutant(
    endMachines,
    machines["refused: when only the run's fence moved on"],
    ["r.fence = x.fence and r.phase", "r.phase"],
  ),
  "machine ends twice": mutant(endMachines, machines["a machine ends once"], [
    "where w.phase <> 'Terminated' and",
    "where",
  ]),
  "runs unblocked while the machine lives": mutant(
    unblockRuns,
    machines["runs are unblocked only when their machine is gone, as many as asked for"],
    [
      "\n      and coalesce((select w.terminated_at is not null from hodei.worker w where w.id = r.blocked_by), true)",
      "",
    ],
  ),
};
