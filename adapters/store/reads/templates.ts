import { parametersOf } from "../run-parameters.ts";
import { defineStatement } from "../sql-client.ts";
import { runSummary } from "./views.ts";

const summary = `'id', j.id, 'name', j.name, 'status', j.status, 'version', v.version, 'newestVersion', j.version,
  'description', v.description, 'labels', v.labels,
  'createdBy', v.created_by, 'createdAt', hodei.ms(j.created_at), 'versionAt', hodei.ms(v.created_at),
  'updatedAt', hodei.ms(j.updated_at)`;
const view = `${summary}, 'spec', v.spec, 'parameters', v.parameters`;

const version = "hodei.job_template_version v on v.template_id = any(array[j.id]) and v.version";

/** A template by its id, or by the name of one that is not archived, at its newest version. */
export const readTemplate = defineStatement(
  "read-template",
  `with found as materialized (
    select j.* from hodei.job_template j where j.id = :id::uuid
    union all
    select j.* from hodei.job_template j where j.name = :name::text and j.archived_at is null
  )
  select json_build_object(${view}) as doc from found j join ${version} = j.version limit 1`,
);

export const readTemplateVersion = defineStatement(
  "read-template-version",
  `select json_build_object(${view}) as doc from hodei.job_template j
  join ${version} = :version::integer where j.id = :id::uuid`,
);

/** In order of names; `statuses` and `labels` are json documents, no statuses = all but Archived. */
export const listTemplates = defineStatement(
  "list-templates",
  `select json_build_object(${summary}) as doc from hodei.job_template j join ${version} = j.version
  where case when :statuses::jsonb = '[]'::jsonb then j.status <> 'Archived'
      else j.status in (select jsonb_array_elements_text(:statuses::jsonb)) end
    and v.labels @> :labels::jsonb
    and (:afterName::text is null or (j.name, j.id) > (:afterName::text, :afterId::uuid))
  order by j.name, j.id limit :limit::bigint`,
);

export const listTemplateVersions = defineStatement(
  "list-template-versions",
  `select json_build_object(${summary}) as doc from hodei.job_template j
  join hodei.job_template_version v on v.template_id = any(array[j.id])
  where j.id = :id::uuid and v.version < coalesce(:before::integer, 2147483647)
  order by v.version desc limit :limit::bigint`,
);

/** Newest first, by number; no phases = any. */
export const listTemplateRuns = defineStatement(
  "list-template-runs",
  `select jsonb_build_object(${runSummary}) as doc from hodei.run r
  where r.template_id = :id::uuid and r.template_number < coalesce(:before::bigint, 9223372036854775807)
    and (:phases::jsonb = '[]'::jsonb or r.phase in (select jsonb_array_elements_text(:phases::jsonb)))
  order by r.template_number desc limit :limit::bigint`,
);

/** Counted anew from the newest `max` runs of the template that are kept, by its index of numbers. */
export const readTemplateStats = defineStatement(
  "read-template-stats",
  `with r as materialized (
    select r.id, r.phase, r.template_number, r.created_at,
      case when r.phase = 'Succeeded' then hodei.ms(r.finished_at) - hodei.ms(r.started_at) end as ran_ms
    from hodei.run r where r.template_id = :id::uuid
    order by r.template_number desc limit :max::bigint
  ),
  oldest as materialized (select min(template_number) as number from r),
  counted as materialized (
    select count(*) as runs, count(*) filter (where phase not in ('Succeeded', 'Failed', 'Cancelled')) as open,
      count(*) filter (where phase = 'Succeeded') as succeeded, count(*) filter (where phase = 'Failed') as failed,
      count(*) filter (where phase = 'Cancelled') as cancelled,
      case when count(ran_ms) > 0 then jsonb_build_object('mean', round(avg(ran_ms)),
        'median', percentile_disc(0.5) within group (order by ran_ms),
        'p95', percentile_disc(0.95) within group (order by ran_ms), 'max', max(ran_ms)) end as durations
    from r
  ),
  newest as materialized (
    select r.id, r.template_number, r.phase, r.created_at from hodei.run r
    where r.template_id = :id::uuid order by r.template_number desc limit 1
  )
  select jsonb_build_object('numbers', j.run_seq, 'runs', c.runs,
    'isCut', (select r.id from hodei.run r, oldest where r.template_id = :id::uuid
      and r.template_number < oldest.number limit 1) is not null, 'open', c.open, 'succeeded', c.succeeded,
    'failed', c.failed, 'cancelled', c.cancelled, 'durationsMs', c.durations,
    'lastRun', (select jsonb_build_object('id', n.id, 'number', n.template_number, 'phase', n.phase,
      'createdAt', hodei.ms(n.created_at)) from newest n)) as doc
  from hodei.job_template j, counted c where j.id = :id::uuid`,
);

/** Every value of a run, secret ones too: for a run that is made once more. */
export const readRunValues = defineStatement(
  "read-run-values",
  `select jsonb_build_object('values', ${parametersOf("r")}) as doc from hodei.run r where r.id = :id::uuid`,
);
