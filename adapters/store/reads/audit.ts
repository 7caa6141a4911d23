import { defineStatement } from "../sql-client.ts";

/**
 * The audit log is two things: recorded events, and submitted runs, whose rows say who submitted them, so
 * that a submit writes nothing more. Of each only the newest `max` in the range are read, whatever else
 * is asked for: no index could serve every criterion without a price for each submit.
 */
const inRange = (column: string) =>
  `${column} >= coalesce('epoch'::timestamptz + hodei.millis(:from::float8), '-infinity')
      and ${column} < coalesce('epoch'::timestamptz + hodei.millis(:until::float8), 'infinity')`;

/** A submit has the id of the first event of its run, as a trail shows it. */
const SUBMITTED = `r.id::text || '.1' as id, 0::bigint as number, 'RunSubmitted' as type,
      coalesce(r.submitted_by, :nobody::text) as actor, r.id::text as subject,
      jsonb_build_object('name', r.name, 'template', r.template_id, 'version', r.template_version,
        'rerunOf', r.rerun_of) as payload`;

const LOOKED_AT = `looked_event as (
    select * from hodei.audit_event
    where ${inRange("at")}
    order by at desc, id desc limit :max::bigint
  ),
  looked_run as (
    select id, created_at, name, submitted_by, template_id, template_version, rerun_of from hodei.run
    where ${inRange("created_at")}
    order by created_at desc, id desc limit :max::bigint
  )`;

const OF_EVENT = `(:type::text is null or e.type = :type::text)
      and (:actor::text is null or e.actor = :actor::text)`;
const OF_RUN = `coalesce(:type::text, 'RunSubmitted') = 'RunSubmitted'
      and (:actor::text is null or coalesce(r.submitted_by, :nobody::text) = :actor::text)`;

const ENTRY = `jsonb_build_object('id', q.id, 'at', hodei.ms(q.at), 'type', q.type, 'actor', q.actor,
    'subject', q.subject, 'payload', jsonb_strip_nulls(q.payload))`;

/** A page by number, newest first. Each half is read no further than the page reaches. */
export const viewAuditPage = defineStatement(
  "view-audit-page",
  `with ${LOOKED_AT}
  select ${ENTRY} as doc from (
    (select e.at, e.id::text, e.id as number, e.type, e.actor, e.subject, e.payload
    from looked_event e where ${OF_EVENT}
    order by e.at desc, e.id desc limit :offset::bigint + :limit::bigint)
    union all
    (select r.created_at as at, ${SUBMITTED}
    from looked_run r where ${OF_RUN}
    order by r.created_at desc, r.id desc limit :offset::bigint + :limit::bigint)
  ) q
  order by q.at desc, q.number desc, q.id desc limit :limit::bigint offset :offset::bigint`,
);

/** How many match of those that are looked at, by type, and whether there are older ones. */
export const countAuditEvents = defineStatement(
  "count-audit-events",
  `with ${LOOKED_AT},
  counted_event as (
    select e.type, count(*) filter (where ${OF_EVENT}) as matching, count(*) as looked
    from looked_event e group by e.type
  ),
  counted_run as (
    select 'RunSubmitted' as type, count(*) filter (where ${OF_RUN}) as matching, count(*) as looked
    from looked_run r
  )
  select jsonb_build_object(
    'counts', coalesce(jsonb_agg(jsonb_build_object('type', q.type, 'count', q.matching) order by q.type)
      filter (where q.matching > 0), '[]'),
    'isCut', coalesce((select sum(looked) from counted_event), 0) >= :max::bigint
      or (select looked from counted_run) >= :max::bigint) as doc
  from (select * from counted_event union all select * from counted_run) q`,
);

/**
 * What was done to one subject, oldest first, and what a run did by itself. `runId`: the subject, when it
 * can be a run. A submit is the run's own first event.
 */
export const viewAuditTrail = defineStatement(
  "view-audit-trail",
  `select ${ENTRY} as doc from (
    (select e.at, e.id::text, e.id as number, 1 as source, e.type, e.actor, e.subject, e.payload
    from hodei.audit_event e where e.subject = :subject::text
    order by e.at, e.id limit :limit::bigint)
    union all
    (select v.at, v.run_id::text || '.' || v.seq, v.seq, 0,
      case when v.seq = 1 then 'RunSubmitted' else v.type end,
      case when v.seq = 1 then (select coalesce(r.submitted_by, :nobody::text) from hodei.run r where r.id = v.run_id) end,
      v.run_id::text,
      jsonb_build_object('attempt', v.fence, 'workerId', v.worker_id, 'reason', v.reason, 'message', v.message)
        || case when v.seq = 1 then (select jsonb_build_object('name', r.name, 'template', r.template_id,
          'version', r.template_version, 'rerunOf', r.rerun_of) from hodei.run r where r.id = v.run_id) else '{}' end
    from hodei.run_event v where v.run_id = :runId::uuid
    order by v.seq limit :limit::bigint)
  ) q
  order by q.at, q.source, q.number limit :limit::bigint`,
);
