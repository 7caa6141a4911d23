import { defineStatement } from "../sql-client.ts";
import { attemptContext } from "./troubled.ts";

/** An attempt by its execution id, with what the policy needs, and whether it was made by hand. */
export const readManualAttempt = defineStatement(
  "read-manual-attempt",
  `select jsonb_build_object('manual', a.manual, 'ended', a.ended_at is not null, ${attemptContext}) as doc
  from hodei.attempt a join hodei.run r on r.id = any(array[a.run_id])
  where a.execution_id = :executionId::uuid`,
);

/** A run and a worker that it is to be put on by hand; the offer is null for a worker of somebody else. */
export const readAssignment = defineStatement(
  "read-assignment",
  `select json_build_object('fence', r.fence, 'placement', r.placement, 'offer', (
      select json_build_object('cpuMillis', w.cpu_millis, 'memoryMib', w.memory_mib,
        'labels', w.labels, 'taints', w.taints) from hodei.worker w where w.id = :workerId::uuid)) as doc
  from hodei.run r where r.id = :runId::uuid`,
);
