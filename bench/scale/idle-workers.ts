import { setTimeout as pause } from "node:timers/promises";
import { defineStatement } from "#adapters/store/sql-client.ts";
import { limits } from "#core/domain/limits.ts";
import { residentMb } from "../measure/cpu.ts";
import type { Databases } from "../stand/databases.ts";
import type { ScaleEffort } from "./effort.ts";
import { spentOn } from "./processor-time.ts";
import { type Memory, sampledMemory } from "./sampled-memory.ts";
import { openScaleStand } from "./scale-stand.ts";

export interface IdleWorkers {
  readonly workers: number;
  /** Attached at the end of the window. */
  readonly attached: number;
  /** Since the written heartbeat of the worker that was heard longest ago, at the end of the window. */
  readonly longestSilenceMs: number;
  readonly memoryBeforeMb: number;
  readonly memory: Memory;
  /** Of one core, over the window: heartbeats and nothing else. */
  readonly gatewayShare: number;
  readonly postgresShare: number;
  /** CPU of the gateway and of Postgres for one worker: registration, stream, first heartbeat. */
  readonly openGatewayUs: number;
  readonly openPostgresUs: number;
  readonly gatewayUsPerBeat: number;
  readonly postgresUsPerBeat: number;
}

const longestSilence = defineStatement(
  "longest-silence",
  `select to_json(max(hodei.ms(hodei.clock()) - hodei.ms(w.last_heartbeat_at))) as doc
   from hodei.worker w where w.terminated_at is null`,
);

/** Workers that are connected and do nothing but say that they live. */
export async function idleWorkers(
  databases: Databases,
  { clients, idle: { workers, windowMs } }: ScaleEffort,
): Promise<IdleWorkers> {
  const stand = await openScaleStand(databases, { workers, clients });
  const { fleet, platform, sql } = stand;
  try {
    const gateway = platform.parts.gateway ?? 0;
    const parts = { gateway, postgres: databases.pid };
    const memoryBeforeMb = residentMb(gateway);
    const { spent: opening } = await spentOn(parts, () => fleet.attach(platform.grpcAddress));
    // Their first periods are shortened by chance, so that from then on they are spread evenly.
    await pause(Math.min(limits.heartbeatPeriodMs, windowMs));
    const { result, spent } = await spentOn(parts, () =>
      sampledMemory(gateway, () => pause(windowMs)),
    );
    const [longestSilenceMs] = await sql.query<number>(longestSilence);
    const beats = (workers * spent.elapsedMs) / limits.heartbeatPeriodMs;
    return {
      workers,
      attached: await fleet.attached(0),
      longestSilenceMs: longestSilenceMs ?? Number.NaN,
      memoryBeforeMb,
      memory: result.memory,
      gatewayShare: spent.gatewayMs / spent.elapsedMs,
      postgresShare: spent.postgresMs / spent.elapsedMs,
      openGatewayUs: (opening.gatewayMs * 1000) / workers,
      openPostgresUs: (opening.postgresMs * 1000) / workers,
      gatewayUsPerBeat: (spent.gatewayMs * 1000) / beats,
      postgresUsPerBeat: (spent.postgresMs * 1000) / beats,
    };
  } finally {
    await stand.close();
  }
}
