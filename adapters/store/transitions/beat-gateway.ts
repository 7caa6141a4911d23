import { defineStatement } from "../sql-client.ts";

/**
 * A gateway lives. After a gap longer than a lease in the beats of all gateways nobody could renew
 * a lease, so nobody is declared lost until all survivors had time to return (the lease floor;
 * Nomad's FailoverHeartbeatTTL).
 */
export const beatGateway = defineStatement(
  "beat-gateway",
  `with t as materialized (select hodei.clock() as now),
  floor_set as (
    update hodei.control set gateways_live_until = t.now + hodei.millis(:leaseMs::float8),
      lease_floor = case when gateways_live_until < t.now
        then greatest(lease_floor, t.now + hodei.millis(:floorMs::float8)) else lease_floor end
    from t
    returning lease_floor > t.now as guarded
  ),
  gone as (
    delete from hodei.gateway g using t where g.beat_at < t.now - interval '1 hour' and g.id <> :id::uuid
  )
  insert into hodei.gateway as g (id, address, started_at, beat_at)
  select :id::uuid, :address::text, t.now, t.now from t
  on conflict (id) do update set beat_at = excluded.beat_at
  returning jsonb_build_object('guarded', (select guarded from floor_set)) as doc`,
);

/** A gateway says goodbye: its streams are gone, its row too. */
export const leaveGateway = defineStatement(
  "leave-gateway",
  `with held as materialized (
    select w.id from hodei.worker w where w.terminated_at is null and w.gateway_id = :id::uuid order by w.id for update of w
  ),
  freed as (
    update hodei.worker w set gateway_id = null from held where w.id = any(array[held.id])
  )
  delete from hodei.gateway where id = :id::uuid returning jsonb_build_object('id', id) as doc`,
);
