import type { Databases } from "../stand/databases.ts";
import type { ScaleEffort } from "./effort.ts";
import { spentOn } from "./processor-time.ts";
import { type Memory, sampledMemory } from "./sampled-memory.ts";
import { openScaleStand } from "./scale-stand.ts";

const TIMEOUT_MS = 30_000;
const LINE_BYTES = 100;

export interface Logs {
  readonly workers: number;
  readonly offeredPerSecond: number;
  readonly acknowledgedPerSecond: number;
  readonly offered: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly linesPerChunk: number;
  readonly gatewayUsPerLine: number;
  readonly postgresUsPerLine: number;
  readonly memory: Memory;
}

/** Jobs that write lines for as long as is measured, through one gateway. */
export async function logs(
  databases: Databases,
  { clients, logs: { workers, linesPerSecond, durationMs } }: ScaleEffort,
): Promise<Logs> {
  const stand = await openScaleStand(databases, { workers, clients });
  const { fleet, platform } = stand;
  try {
    await fleet.attach(platform.grpcAddress);
    await stand.submit(workers);
    await fleet.started(TIMEOUT_MS);
    const gateway = platform.parts.gateway ?? 0;
    const parts = { gateway, postgres: databases.pid };
    const load = { linesPerSecond, lineBytes: LINE_BYTES, durationMs };
    const { result, spent } = await spentOn(parts, () =>
      sampledMemory(gateway, () => fleet.writeLogs(load)),
    );
    const { offered, acknowledged, refused, chunks, elapsedMs } = result.result;
    return {
      ...{ workers, offered, acknowledged, refused },
      offeredPerSecond: linesPerSecond,
      acknowledgedPerSecond: (acknowledged * 1000) / elapsedMs,
      linesPerChunk: acknowledged / chunks,
      gatewayUsPerLine: (spent.gatewayMs * 1000) / acknowledged,
      postgresUsPerLine: (spent.postgresMs * 1000) / acknowledged,
      memory: result.memory,
    };
  } finally {
    await stand.close();
  }
}
