import { defineStatement } from "../sql-client.ts";
import { newAuditEvents } from "./new-audit-events.ts";

/** What the audit log says of a provider: not its document, in which owners may have put anything. */
const SETTINGS = `jsonb_build_object('name', p.name, 'kind', p.kind, 'status', p.status,
      'priority', p.priority, 'maxWorkers', p.max_workers)`;

/** A new provider, unless its name is taken or there are `max` of them; then it changes nothing. */
export const insertProvider = defineStatement(
  "insert-provider",
  `with t as materialized (select hodei.clock() as now),
  stored as (
    insert into hodei.provider as p (id, name, kind, status, priority, max_workers, document, created_at, updated_at)
    select :id::uuid, :name::text, :kind::text, :status::text, :priority::integer, :maxWorkers::bigint,
      :document::jsonb, t.now, t.now
    from t
    where (select count(*) from hodei.provider) < :max::bigint
    on conflict do nothing
    returning p.id, ${SETTINGS} as settings
  ),
  ${newAuditEvents(`select t.now, 'ProviderRegistered', :actor::text, s.id::text, s.settings from stored s, t`)}
  select jsonb_build_object('id', s.id) as doc from stored s`,
);

/** Replaces the settings of a provider; nobody's id changes nothing, a taken name is refused by its key. */
export const updateProvider = defineStatement(
  "update-provider",
  `with t as materialized (select hodei.clock() as now),
  stored as (
    update hodei.provider p set status = :status::text, priority = :priority::integer, document = :document::jsonb,
      name = case when p.of_install then p.name else :name::text end,
      max_workers = case when p.of_install then p.max_workers else :maxWorkers::bigint end,
      updated_at = t.now
    from t
    where p.id = any(array[:id::uuid])
    returning p.id, ${SETTINGS} as settings
  ),
  ${newAuditEvents(`select t.now, 'ProviderChanged', :actor::text, s.id::text, s.settings from stored s, t`)}
  select jsonb_build_object('id', s.id) as doc from stored s`,
);

/** The status of a provider; one that has it already is left as it is, and answered. Locks it. */
export const setProviderStatus = defineStatement(
  "set-provider-status",
  `with t as materialized (select hodei.clock() as now),
  locked_provider as materialized (
    select p.id, p.status as old_status from hodei.provider p where p.id = any(array[:id::uuid]) for update
  ),
  stored as (
    update hodei.provider p set status = :status::text,
      updated_at = case when p.status = :status::text then p.updated_at else t.now end
    from t, locked_provider l where p.id = any(array[l.id])
    returning p.id, l.old_status <> p.status as is_changed, ${SETTINGS} as settings
  ),
  ${newAuditEvents(`select t.now, 'ProviderChanged', :actor::text, s.id::text, s.settings
    from stored s, t where s.is_changed`)}
  select jsonb_build_object('id', s.id) as doc from stored s`,
);

/** Forgets a provider; the install's own stays. */
export const deleteProvider = defineStatement(
  "delete-provider",
  `with t as materialized (select hodei.clock() as now),
  gone as (
    delete from hodei.provider p where p.id = any(array[:id::uuid]) and not p.of_install
    returning p.id, p.name, p.kind
  ),
  ${newAuditEvents(`select t.now, 'ProviderDeleted', :actor::text, g.id::text,
      jsonb_build_object('name', g.name, 'kind', g.kind) from gone g, t`)}
  select jsonb_build_object('id', g.id) as doc from gone g`,
);
