import { defineStatement } from "../sql-client.ts";

/** Every worker that is not Terminated, in id order, a page at a time; what the tick decides on. */
export const readFleet = defineStatement(
  "read-fleet",
  `select jsonb_build_object('id', w.id, 'phase', w.phase, 'profile', w.profile,
    'dedicatedRunId', w.dedicated_run_id, 'runId', w.run_id, 'connected', w.gateway_id is not null and not exists (select from hodei.gateway g where g.id = w.gateway_id
        and g.beat_at < hodei.clock() - hodei.millis(:gatewayDeadMs::float8)),
    'externalId', w.external_id, 'launchFailures', w.launch_failures, 'reason', w.reason, 'message', w.message,
    'now', hodei.ms(t.now), 'createdAt', hodei.ms(w.created_at), 'firstLaunchAt', hodei.ms(w.first_launch_at),
    'launchedAt', hodei.ms(w.launched_at), 'registerDeadlineAt', hodei.ms(w.register_deadline_at),
    'connectDeadlineAt', hodei.ms(w.connect_deadline_at), 'leaseExpiresAt', hodei.ms(w.lease_expires_at),
    'idleSince', hodei.ms(w.idle_since), 'retireAt', hodei.ms(w.retire_at),
    'endingAt', hodei.ms(w.ending_at), 'stopAskedAt', hodei.ms(w.stop_asked_at),
    'dedicatedRunOpen', case when w.dedicated_run_id is not null then exists (
      select from hodei.run r where r.id = any(array[w.dedicated_run_id]) and r.finished_at is null) end) as doc
  from hodei.worker w, (select hodei.clock() as now) t
  where w.terminated_at is null and w.id > :after::uuid
  order by w.id limit :limit::bigint`,
);

/** What decisions about the whole install need. */
export const readControl = defineStatement(
  "read-control",
  `select jsonb_build_object('installId', c.install_id, 'launchEpoch', c.launch_epoch,
    'launchTokens', least(:burst::float8, c.launch_tokens
      + :perSecond::float8 * extract(epoch from t.now - c.launch_tokens_at)),
    'launching', not exists (select from hodei.provider p where p.of_install and p.status <> 'Active'),
    'leaseFloor', case when c.lease_floor > t.now then hodei.ms(c.lease_floor) end,
    'now', hodei.ms(t.now)) as doc
  from hodei.control c, (select hodei.clock() as now) t`,
);

/** The worker rows of machines the provider shows, to tell ours from strangers. */
export const readWorkersByIds = defineStatement(
  "read-workers-by-ids",
  `select jsonb_build_object('id', w.id, 'phase', w.phase, 'externalId', w.external_id) as doc
  from jsonb_to_recordset(:doc::jsonb) as x(id uuid) join hodei.worker w on w.id = any(array[x.id])`,
);

/**
 * Profiles whose newest machines ended before their worker was ever ready: how many in a row (since
 * the last worker that was), when the newest ended and why. Launching them again at once would be
 * a storm.
 */
export const readFailingProfiles = defineStatement(
  "read-failing-profiles",
  `with t as materialized (select hodei.clock() - hodei.millis(:windowMs::float8) as since),
  recent as materialized (
    select w.profile, w.created_at, w.ready_at, w.ending_at, w.reason, w.message
    from hodei.worker w where w.terminated_at is null
    union all
    -- From before the window as well: one that was ready then clears those created earlier still.
    select w.profile, w.created_at, w.ready_at, w.ending_at, w.reason, w.message
    from hodei.worker w where w.phase = 'Terminated'
      and w.terminated_at > (select since from t) - hodei.millis(:windowMs::float8)
  ),
  ready as materialized (select profile, max(ready_at) as last_at from recent group by profile)
  select jsonb_build_object('profile', w.profile, 'failures', count(*),
    'lastAt', hodei.ms(max(w.ending_at)), 'message', (array_agg(coalesce(w.message, w.reason) order by w.ending_at desc))[1]) as doc
  from t, recent w join ready r on r.profile = w.profile
  where w.ready_at is null and w.ending_at > t.since and w.reason not in ('RunFinished')
    and w.created_at > coalesce(r.last_at, '-infinity')
  group by w.profile`,
);
