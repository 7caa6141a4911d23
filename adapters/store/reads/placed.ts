import type { PlacedRun } from "#core/ports/scheduler-store.ts";
import { defineStatement } from "../sql-client.ts";
import { type OfferedWorker, POOLED, USABLE, USED } from "./placement.ts";

/** Where the newest attempt of a run was put, and why. No row comes for an unknown run. */
export const readPlaced = defineStatement(
  "read-placed",
  `select json_build_object('phase', r.phase, 'now', hodei.ms(hodei.clock()),
    'cpuMillis', (r.placement ->> 'cpuMillis')::integer, 'memoryMib', (r.placement ->> 'memoryMib')::integer,
    'attempt', (select json_build_object('executionId', a.execution_id, 'workerId', a.worker_id,
      'assignedAt', hodei.ms(a.assigned_at), 'decision', a.decision)
      from hodei.attempt a where a.run_id = r.id and a.fence = r.fence)) as doc
  from hodei.run r where r.id = :runId::uuid`,
);

/** Workers that any run may take now, with what they did until now. For people, and bounded. */
export const readReadyWorkers = defineStatement(
  "read-ready-workers",
  `with t as materialized (select hodei.clock() as now),
  silent as materialized (
    select g.id from t, hodei.gateway g where g.beat_at < t.now - hodei.millis(:gatewayDeadMs::float8)
  )
  select json_build_object('profile', w.profile, 'labels', w.labels, 'taints', w.taints,
    'cpuMillis', w.cpu_millis, 'memoryMib', w.memory_mib, 'worker', ${USED}) as doc
  from hodei.worker w where ${POOLED} and ${USABLE} order by w.offer, w.idle_since, w.id limit :limit::bigint`,
);

export type PlacedRow = PlacedRun;

export interface ReadyWorkerRow {
  readonly profile: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly { key: string; value: string; effect: "NoSchedule" }[];
  readonly cpuMillis: number;
  readonly memoryMib: number;
  readonly worker: OfferedWorker;
}
