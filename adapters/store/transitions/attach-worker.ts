import { defineStatement } from "../sql-client.ts";

/**
 * A control stream of this worker opened at this gateway: the epoch rises, so that only the newest
 * stream's gateway can write for it. Newest wins; refusing the newcomer would lock out the survivor
 * of a half-open connection. A Terminating worker may attach to hand in a finished result.
 */
export const attachWorker = defineStatement(
  "attach-worker",
  `with t as materialized (select hodei.clock() as now)
  update hodei.worker w set session_epoch = w.session_epoch + 1, gateway_id = :gatewayId::uuid,
    lease_expires_at = case when w.phase = 'Terminating' then w.lease_expires_at
      else t.now + hodei.millis(:leaseMs::float8) end
  from t
  where w.id = :workerId::uuid and w.session_sha256 = :sessionSha256::text
    and w.phase in ('Connecting', 'Ready', 'Busy', 'Draining', 'Terminating')
  returning jsonb_build_object('epoch', w.session_epoch, 'phase', w.phase,
    'protocolVersion', w.protocol_version, 'runId', w.run_id, 'fence', w.run_fence,
    'offer', jsonb_build_object('cpuMillis', w.cpu_millis, 'memoryMib', w.memory_mib,
      'labels', w.labels, 'taints', w.taints), 'dedicatedRunId', w.dedicated_run_id) as doc`,
);

/**
 * Streams that ended: placement must not choose these workers until they attach again. Only the
 * stream's own epoch may say so. `doc`: [{workerId, epoch}].
 */
export const detachWorkers = defineStatement(
  "detach-workers",
  `with x as materialized (select * from jsonb_to_recordset(:doc::jsonb) as d("workerId" uuid, epoch bigint)),
  l as materialized (
    select w.id from hodei.worker w join x on w.id = any(array[x."workerId"])
    where w.session_epoch = x.epoch and w.gateway_id is not null order by x."workerId" for update of w
  )
  update hodei.worker w set gateway_id = null from l where w.id = any(array[l.id])
  returning jsonb_build_object('workerId', w.id) as doc`,
);
