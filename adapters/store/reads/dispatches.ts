import { parametersOf } from "../run-parameters.ts";
import { defineStatement } from "../sql-client.ts";

/**
 * What a gateway must tell the workers whose streams it holds: assigned attempts to send, running
 * ones to stop. Level-triggered: the same row comes back until the worker accepted or reported.
 */
export const readDispatches = defineStatement(
  "read-dispatches",
  `select jsonb_build_object('workerId', w.id, 'epoch', w.session_epoch, 'runId', r.id, 'name', r.name,
    'executionId', a.execution_id, 'fence', a.fence, 'attemptPhase', a.phase,
    'stop', r.verdict_phase is not null, 'reason', r.verdict_reason,
    'spec', case when r.verdict_phase is null then r.spec end, 'parameters', ${parametersOf("r")},
    'deadlineInMs', hodei.ms(r.deadline_at) - hodei.ms(hodei.clock())) as doc
  from hodei.attempt a join hodei.worker w on w.id = any(array[a.worker_id]) and w.run_id = any(array[a.run_id]) and w.run_fence = a.fence
  join hodei.run r on r.id = any(array[a.run_id]) and r.fence = a.fence
  where a.ended_at is null and w.gateway_id = :gatewayId::uuid
    and ((a.phase = 'Assigned' and r.verdict_phase is null) or (a.phase = 'Running' and r.verdict_phase is not null))
  limit :limit::bigint`,
);

/** The same for one worker, whatever the attempt's phase: what a fresh stream must catch up on. */
export const readHeldByWorker = defineStatement(
  "read-held-by-worker",
  `select jsonb_build_object('workerId', w.id, 'epoch', w.session_epoch, 'runId', r.id, 'name', r.name,
    'executionId', a.execution_id, 'fence', a.fence, 'attemptPhase', a.phase,
    'stop', r.verdict_phase is not null, 'reason', r.verdict_reason,
    'spec', case when r.verdict_phase is null then r.spec end, 'parameters', ${parametersOf("r")},
    'deadlineInMs', hodei.ms(r.deadline_at) - hodei.ms(hodei.clock())) as doc
  from hodei.worker w join hodei.attempt a on a.run_id = any(array[w.run_id]) and a.fence = w.run_fence
  join hodei.run r on r.id = any(array[a.run_id])
  where w.id = :workerId::uuid and a.phase in ('Assigned', 'Running')`,
);
