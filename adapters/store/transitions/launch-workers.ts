import { defineStatement } from "../sql-client.ts";

/**
 * Claims due launches for this pass, as many as the launch bucket of the install holds (Fargate
 * refuses more: 100 in a burst, 20 per second). The claim is soft: a process that dies after it
 * leaves the row due again after `claimMs`, with the same token and request.
 */
export const claimLaunches = defineStatement(
  "claim-launches",
  `with t as materialized (select hodei.clock() as now),
  bucket as materialized (
    -- The row may be newer than our clock reading: we waited for its lock. Time never runs back.
    select greatest(0, least(:burst::float8, launch_tokens
      + :perSecond::float8 * greatest(0, extract(epoch from t.now - launch_tokens_at)))) as tokens
    from hodei.control, t
    where exists (select from hodei.worker w where w.phase = 'Creating' and w.external_id is null and w.launch_after <= t.now)
    for update of control
  ),
  due as materialized (
    select w.id from hodei.worker w, t
    where w.phase = 'Creating' and w.external_id is null and w.launch_after <= t.now
      and coalesce(w.first_launch_at > t.now - hodei.millis(:reuseMs::float8), true)
    order by w.launch_after, w.id
    limit least(:limit::bigint, (select floor(tokens)::bigint from bucket))
    for update of w skip locked
  ),
  spent as (
    update hodei.control set launch_tokens = bucket.tokens - (select count(*) from due), launch_tokens_at = greatest(launch_tokens_at, t.now)
    from bucket, t where exists (select from due)
  )
  update hodei.worker w set first_launch_at = coalesce(w.first_launch_at, t.now),
    launch_after = t.now + hodei.millis(:claimMs::float8)
  from due, t where w.id = any(array[due.id])
  returning jsonb_build_object('workerId', w.id, 'request', w.launch_request,
    'tokenKeyId', w.token_key_id, 'failures', w.launch_failures) as doc`,
);

export interface ClaimLaunchesRow {
  readonly workerId: string;
  readonly request: unknown;
  readonly tokenKeyId: string;
  readonly failures: number;
}

/**
 * The machine of a worker is known. Accepted in any phase, so that a worker given up meanwhile
 * knows what to stop; the first machine id stays. The register deadline and the token's lifetime
 * count from here, not from the row: a slow provider must not eat them.
 * `doc`: [{workerId, externalId}].
 */
export const launchesAccepted = defineStatement(
  "launches-accepted",
  `with t as materialized (select hodei.clock() as now),
  x as materialized (select * from jsonb_to_recordset(:doc::jsonb) as d("workerId" uuid, "externalId" text)),
  l as materialized (
    select w.id, x."externalId" as external_id from hodei.worker w join x on w.id = any(array[x."workerId"])
    where w.external_id is null order by x."workerId" for update of w
  )
  update hodei.worker w set external_id = l.external_id, launched_at = t.now,
    register_deadline_at = t.now + hodei.millis(:registerMs::float8),
    token_expires_at = coalesce(w.token_expires_at, t.now + hodei.millis(:tokenMs::float8)),
    reason = case when w.phase = 'Creating' then null else w.reason end,
    message = case when w.phase = 'Creating' then null else w.message end
  from l, t where w.id = any(array[l.id])
  returning jsonb_build_object('workerId', w.id, 'phase', w.phase) as doc`,
);

/**
 * The provider did not make the machine: shown as a condition, tried again later with the same
 * token and request, whatever the error was. `doc`: [{workerId, reason, message, waitMs}].
 */
export const launchesFailed = defineStatement(
  "launches-failed",
  `with t as materialized (select hodei.clock() as now),
  x as materialized (
    select * from jsonb_to_recordset(:doc::jsonb) as d("workerId" uuid, reason text, message text, "waitMs" float8)
  ),
  l as materialized (
    select w.id, x.reason, x.message, x."waitMs" as wait_ms from hodei.worker w join x on w.id = any(array[x."workerId"])
    where w.phase = 'Creating' and w.external_id is null order by x."workerId" for update of w
  )
  update hodei.worker w set reason = l.reason, message = l.message, launch_failures = w.launch_failures + 1,
    launch_after = t.now + hodei.millis(l.wait_ms)
  from l, t where w.id = any(array[l.id])
  returning jsonb_build_object('workerId', w.id) as doc`,
);
