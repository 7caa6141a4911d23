import { graphileWorkerDefault, graphileWorkerTuned } from "./graphile-worker.ts";
import { hodeiGrpc } from "./hodei.ts";
import { hodeiHttp } from "./hodei-http.ts";
import { hodeiReal } from "./hodei-real.ts";
import { pgBossLoop, pgBossWork } from "./pg-boss.ts";
import type { System } from "./system.ts";

/** By the name that a bench process is started with. */
export const SYSTEMS = {
  hodei: hodeiGrpc,
  "hodei-http": hodeiHttp,
  "hodei-real": hodeiReal,
  "graphile-worker": graphileWorkerDefault,
  "graphile-worker-tuned": graphileWorkerTuned,
  "pg-boss": pgBossWork,
  "pg-boss-loop": pgBossLoop,
} satisfies Record<string, System>;

export type SystemName = keyof typeof SYSTEMS;

export function systemNamed(name: string): System {
  const system = SYSTEMS[name as SystemName];
  if (!system) throw new Error(`no system ${name}: one of ${Object.keys(SYSTEMS).join(", ")}`);
  return system;
}
