import { defineStatement } from "../sql-client.ts";

/** Every provider with the workers of its machines; there are few. */
export const readProviders = defineStatement(
  "read-providers",
  `with living as materialized (
    select w.provider, count(*) as workers from hodei.worker w where w.terminated_at is null group by w.provider
  )
  select jsonb_build_object('id', p.id, 'name', p.name, 'kind', p.kind, 'status', p.status,
    'ofInstall', p.of_install, 'priority', p.priority, 'maxWorkers', p.max_workers,
    'activeWorkers', coalesce(l.workers, 0), 'document', p.document,
    'createdAt', hodei.ms(p.created_at), 'updatedAt', hodei.ms(p.updated_at)) as doc
  from hodei.provider p left join living l on l.provider = p.name
  order by p.priority desc, p.name`,
);
