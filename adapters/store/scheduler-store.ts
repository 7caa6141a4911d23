import { actorOf } from "#core/domain/audit/audit-event.ts";
import { limits } from "#core/domain/limits.ts";
import {
  type SchedulerConfig,
  type StoredScheduler,
  schedulerConfig,
} from "#core/domain/scheduling/scheduler-config.ts";
import type { SchedulerStore } from "#core/ports/scheduler-store.ts";
import { domainQuery } from "./domain-query.ts";
import type { ExplanationRow } from "./reads/explanation.ts";
import {
  type PlacedRow,
  type ReadyWorkerRow,
  readPlaced,
  readReadyWorkers,
} from "./reads/placed.ts";
import { offeredWorker } from "./rows.ts";
import type { SqlClient } from "./sql-client.ts";
import { readScheduler, type SchedulerRow, setScheduler } from "./transitions/set-scheduler.ts";

const isSame = (wanted: SchedulerConfig, stored: StoredScheduler): boolean =>
  wanted.strategy === stored.strategy && wanted.pendingRunsMax === stored.pendingRunsMax;

/** What people ask and say about scheduling, over either driver. */
export function createSchedulerStore(sql: SqlClient): SchedulerStore {
  const query = domainQuery(sql);
  const scheduler = async (): Promise<StoredScheduler> => {
    const [row] = await query<SchedulerRow>(readScheduler, {});
    return { ...schedulerConfig(row?.config), version: row?.version ?? 0 };
  };
  return {
    runContext: async (runId) => {
      const { readExplanation } = await import("./reads/explanation.ts"); // seldom, and large
      const rows = await query<ExplanationRow>(readExplanation, {
        runId,
        gatewayDeadMs: limits.gatewayDeadMs,
        shapesMax: limits.explainShapesMax,
        aheadMax: limits.explainAheadMax,
        workersMax: limits.explainWorkersMax,
        kindsMax: limits.explainKindsMax,
      });
      const mine = rows.flatMap(({ run }) => run ?? [])[0];
      if (!mine) return null;
      const { now, position, fleetIsCut, ...run } = mine;
      const kinds = rows.flatMap(({ kind }) => kind ?? []);
      const loads = rows.flatMap(({ load }) => load ?? []);
      return { now, run, position, kinds, fleetIsCut, loads };
    },
    placed: async (runId) => (await query<PlacedRow>(readPlaced, { runId }))[0] ?? null,
    readyWorkers: async (limit) => {
      const parameters = { limit, gatewayDeadMs: limits.gatewayDeadMs };
      const rows = await query<ReadyWorkerRow>(readReadyWorkers, parameters);
      return rows.map(({ worker, ...offer }) => ({
        ...{ ...offeredWorker(worker), ...offer, dedicatedRunId: null },
      }));
    },
    scheduler,
    setScheduler: async ({ version, ...config }, by) => {
      const parameters = { config: JSON.stringify(config), version, actor: actorOf(by) };
      const [row] = await query<SchedulerRow>(setScheduler, parameters);
      return row !== undefined || isSame(config, await scheduler());
    },
  };
}
