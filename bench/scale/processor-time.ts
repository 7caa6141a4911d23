import { machineMs } from "../measure/clock.ts";
import { cpuMs } from "../measure/cpu.ts";

/** Elapsed and processor time of a stretch of work, ms. */
export interface Spent {
  readonly elapsedMs: number;
  readonly gatewayMs: number;
  readonly postgresMs: number;
}

/** Runs `work` and answers with what gateway and Postgres spent meanwhile. */
export async function spentOn<T>(
  parts: { readonly gateway: number; readonly postgres: number },
  work: () => Promise<T>,
): Promise<{ result: T; spent: Spent }> {
  const look = () => [machineMs(), cpuMs([parts.gateway]), cpuMs([parts.postgres])] as const;
  const before = look();
  const result = await work();
  const [atMs, gateway, postgres] = look();
  return {
    result,
    spent: {
      elapsedMs: atMs - before[0],
      gatewayMs: gateway - before[1],
      postgresMs: postgres - before[2],
    },
  };
}
