import { defineStatement } from "../sql-client.ts";

/**
 * The launch intent: worker rows with their immutable launch token and frozen request, committed
 * before any machine is asked for. Guarded by the launch epoch that the demand was counted at, so
 * that two passes over the same demand make one set of workers; no rows = `stale`, count again.
 */
export const createWorkers = defineStatement(
  "create-workers",
  `with t as materialized (select hodei.clock() as now),
  turn as (
    update hodei.control set launch_epoch = launch_epoch + 1 where launch_epoch = :launchEpoch::bigint
    returning launch_epoch
  ),
  x as materialized (
    select * from jsonb_to_recordset(:doc::jsonb)
      as d(id uuid, provider text, profile text, labels jsonb, taints jsonb, "cpuMillis" integer,
        "memoryMib" integer, "dedicatedRunId" uuid, "maxRuns" integer, "maxAgeMs" float8,
        "launchToken" text, "launchRequest" jsonb, "tokenKeyId" text, "tokenSha256" text)
  )
  insert into hodei.worker (id, provider, profile, labels, taints, cpu_millis, memory_mib,
    dedicated_run_id, max_runs, retire_at, launch_token, launch_request, launch_after, token_key_id,
    token_sha256, created_at, offer)
  select x.id, x.provider, x.profile, x.labels, x.taints, x."cpuMillis", x."memoryMib",
    x."dedicatedRunId", x."maxRuns", t.now + hodei.millis(x."maxAgeMs"), x."launchToken",
    x."launchRequest", t.now, x."tokenKeyId", x."tokenSha256", t.now,
    hodei.offer_of(x.profile, x."cpuMillis", x."memoryMib", x.labels, x.taints)
  from turn, t, x
  on conflict do nothing
  returning jsonb_build_object('id', id) as doc`,
);

export interface CreateWorkersRow {
  readonly id: string;
}
