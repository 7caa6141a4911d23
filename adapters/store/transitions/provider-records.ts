import { defineStatement } from "../sql-client.ts";

/** A new provider, unless its name is taken or there are `max` of them; then it changes nothing. */
export const insertProvider = defineStatement(
  "insert-provider",
  `insert into hodei.provider (id, name, kind, status, priority, max_workers, document, created_at, updated_at)
  select :id::uuid, :name::text, :kind::text, :status::text, :priority::integer, :maxWorkers::bigint,
    :document::jsonb, t.now, t.now
  from (select hodei.clock() as now) t
  where (select count(*) from hodei.provider) < :max::bigint
  on conflict do nothing
  returning jsonb_build_object('id', id) as doc`,
);

/** Replaces the settings of a provider; nobody's id changes nothing, a taken name is refused by its key. */
export const updateProvider = defineStatement(
  "update-provider",
  `update hodei.provider p set status = :status::text, priority = :priority::integer, document = :document::jsonb,
    name = case when p.of_install then p.name else :name::text end,
    max_workers = case when p.of_install then p.max_workers else :maxWorkers::bigint end,
    updated_at = t.now
  from (select hodei.clock() as now) t
  where p.id = any(array[:id::uuid])
  returning jsonb_build_object('id', p.id) as doc`,
);

/** The status of a provider; one that has it already is left as it is, and answered. */
export const setProviderStatus = defineStatement(
  "set-provider-status",
  `update hodei.provider p set status = :status::text,
    updated_at = case when p.status = :status::text then p.updated_at else t.now end
  from (select hodei.clock() as now) t
  where p.id = any(array[:id::uuid])
  returning jsonb_build_object('id', p.id) as doc`,
);

/** Forgets a provider; the install's own stays. */
export const deleteProvider = defineStatement(
  "delete-provider",
  `delete from hodei.provider p where p.id = any(array[:id::uuid]) and not p.of_install
  returning jsonb_build_object('id', p.id) as doc`,
);
