import { defineStatement } from "../sql-client.ts";

/**
 * Output chunks of attempts, stored once each: a chunk sent again changes nothing. Chunks of an
 * attempt that is not this worker's are not stored; its execution does not come back.
 * `doc`: [{executionId, fence, workerId, seq, stderr, atMs, data (base64), droppedBytes, droppedLines}].
 */
export const appendLogs = defineStatement(
  "append-logs",
  `with x as materialized (
    select a.run_id, a.fence as attempt_fence, d.* from jsonb_to_recordset(:doc::jsonb)
      as d("executionId" uuid, fence bigint, "workerId" uuid, seq bigint, stderr boolean, "atMs" float8,
        data text, "droppedBytes" bigint, "droppedLines" bigint)
    join hodei.attempt a on a.execution_id = any(array[d."executionId"]) and a.fence = d.fence and a.worker_id = d."workerId"
  ),
  stored as (
    insert into hodei.log_chunk (run_id, fence, seq, is_stderr, at, data, dropped_bytes, dropped_lines)
    select x.run_id, x.fence, x.seq, x.stderr, to_timestamp(x."atMs" / 1000), decode(x.data, 'base64'),
      x."droppedBytes", x."droppedLines"
    from x order by x.run_id, x.fence, x.seq
    on conflict do nothing
  )
  select jsonb_build_object('executionId', x."executionId", 'runId', min(x.run_id::text), 'seq', max(x.seq)) as doc
  from x group by x."executionId"`,
);

export interface AppendLogsRow {
  readonly executionId: string;
  readonly runId: string;
  readonly seq: number;
}
