import { defineStatement } from "../sql-client.ts";

/** How the parts are that answer to nobody's request: one row, for operators. */
export const readPlatform = defineStatement(
  "read-platform",
  `with t as materialized (select hodei.clock() as now),
  failing as materialized (
    select w.launch_failures, w.created_at, coalesce(w.message, w.reason) as message from hodei.worker w
    where w.phase = 'Creating' and w.external_id is null and w.launch_failures > 0
    order by w.launch_after limit :max::bigint
  )
  select jsonb_build_object('now', hodei.ms(t.now),
    'schemaVersion', (select max(m.number) from hodei.migration m),
    'gateways', (select coalesce(jsonb_agg(jsonb_build_object('id', g.id, 'beatAt', hodei.ms(g.beat_at)) order by g.beat_at desc), '[]')
      from (select * from hodei.gateway order by beat_at desc limit 100) g),
    'sweptAt', case when c.swept_at > '-infinity' then hodei.ms(c.swept_at) end,
    'launching', not exists (select from hodei.provider p where p.of_install and p.status <> 'Active'),
    'launchFailures', jsonb_build_object('workers', (select count(*) from failing),
      'message', (select f.message from failing f order by f.created_at desc limit 1))) as doc
  from t, hodei.control c`,
);
