import { cpuMs } from "../measure/cpu.ts";
import { quantiles } from "../measure/quantiles.ts";

/** What one of many equal calls took. */
export interface PerCall {
  readonly medianMs: number;
  /** The fastest of them: what else the machine does is not in it. */
  readonly leastMs: number;
  /** Of Postgres and of this process. */
  readonly cpuUs: number;
}

/** The same call so many times, after a few that warm it up. */
export async function repeated(
  postgres: number,
  times: number,
  call: () => Promise<unknown>,
): Promise<PerCall> {
  for (let warm = 0; warm < Math.max(2, times / 10); warm += 1) await call();
  const took: number[] = [];
  const cpu = () => cpuMs([postgres]) + (process.cpuUsage().user + process.cpuUsage().system) / 1e3;
  const before = cpu();
  for (let n = 0; n < times; n += 1) {
    const begin = performance.now();
    await call();
    took.push(performance.now() - begin);
  }
  return {
    medianMs: quantiles(took).p50,
    leastMs: Math.min(...took),
    cpuUs: ((cpu() - before) * 1000) / times,
  };
}
