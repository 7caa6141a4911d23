import { defineStatement } from "../sql-client.ts";
import { newAuditEvents } from "./new-audit-events.ts";

/**
 * Stores a template with its first version. No row = a template that is not archived has its name, or its
 * id is there already. `doc`: {id, name, description, labels, spec, parameters, createdBy, actor}.
 */
export const createTemplate = defineStatement(
  "create-template",
  `with t as materialized (select hodei.clock() as now),
  x as materialized (
    select * from json_to_record(:doc::json) as d(
      id uuid, name text, description text, labels jsonb, spec json, parameters json, "createdBy" text, actor text)
  ),
  new_template as (
    insert into hodei.job_template (id, name, created_at, updated_at)
    select x.id, x.name, t.now, t.now from x, t
    on conflict do nothing
    returning id, version, created_at
  ),
  new_version as (
    insert into hodei.job_template_version (template_id, version, description, labels, spec, parameters, created_by, created_at)
    select n.id, n.version, x.description, x.labels, x.spec, x.parameters, x."createdBy", n.created_at
    from new_template n, x
  ),
  ${newAuditEvents(`select t.now, 'TemplateCreated', x.actor, n.id::text,
      jsonb_build_object('name', x.name, 'version', n.version) from new_template n, x, t`)}
  select jsonb_build_object('id', n.id) as doc from new_template n`,
);

/**
 * Adds the next version. No row = the newest is not `version`, the template is archived, or there is
 * none. Sent twice it is refused: the first one raised the version. `doc` as above, with `version`.
 */
export const addTemplateVersion = defineStatement(
  "add-template-version",
  `with t as materialized (select hodei.clock() as now),
  x as materialized (
    select * from json_to_record(:doc::json) as d(
      id uuid, version integer, description text, labels jsonb, spec json, parameters json, "createdBy" text, actor text)
  ),
  moved_template as (
    update hodei.job_template j set version = j.version + 1, updated_at = t.now
    from x, t where j.id = any(array[x.id]) and j.version = x.version and j.status <> 'Archived'
    returning j.id, j.name, j.version
  ),
  new_version as (
    insert into hodei.job_template_version (template_id, version, description, labels, spec, parameters, created_by, created_at)
    select m.id, m.version, x.description, x.labels, x.spec, x.parameters, x."createdBy", t.now
    from moved_template m, x, t
  ),
  ${newAuditEvents(`select t.now, 'TemplateChanged', x.actor, m.id::text,
      jsonb_build_object('name', m.name, 'version', m.version) from moved_template m, x, t`)}
  select jsonb_build_object('id', m.id, 'version', m.version) as doc from moved_template m`,
);

/**
 * Active, Disabled or Archived. No row = it is archived, is at another version than expected (null = any),
 * or is not there. The same status again changes nothing but comes back. Locks the template.
 */
export const setTemplateStatus = defineStatement(
  "set-template-status",
  `with t as materialized (select hodei.clock() as now),
  locked_template as materialized (
    select j.id, j.status as old_status from hodei.job_template j
    where j.id = :id::uuid and j.status <> 'Archived'
      and (:version::integer is null or j.version = :version::integer)
    for update
  ),
  moved_template as (
    update hodei.job_template j set status = :status::text,
      updated_at = case when j.status = :status::text then j.updated_at else t.now end,
      archived_at = case when :status::text = 'Archived' then t.now end
    from t, locked_template l where j.id = any(array[l.id])
    returning j.id, j.name, j.version, j.status, l.old_status
  ),
  ${newAuditEvents(`select t.now, case m.status when 'Active' then 'TemplateEnabled'
        when 'Disabled' then 'TemplateDisabled' else 'TemplateArchived' end, :actor::text, m.id::text,
      jsonb_build_object('name', m.name, 'version', m.version)
    from moved_template m, t where m.status <> m.old_status`)}
  select jsonb_build_object('id', m.id, 'status', m.status) as doc from moved_template m`,
);
