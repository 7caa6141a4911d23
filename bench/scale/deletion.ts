import type pg from "pg";
import { createControlStore } from "#adapters/store/control-store.ts";
import type { SqlClient } from "#adapters/store/sql-client.ts";
import { cpuMs } from "../measure/cpu.ts";
import { quantiles } from "../measure/quantiles.ts";
import type { Databases } from "../stand/databases.ts";

/** Runs past their time to live are deleted, with attempts, events and output. */
export interface Deletion {
  readonly runs: number;
  /** Of all tables. */
  readonly rows: number;
  readonly rowsPerSecond: number;
  readonly cpuUsPerRow: number;
  readonly calls: number;
  /** The longest call, the last one among them: it finds nothing more. */
  readonly longestMs: number;
}

/** Sweeps until nothing is past its time. */
export async function deleteAll(
  { pid }: Databases,
  client: pg.Client,
  sql: SqlClient,
): Promise<Deletion> {
  const store = createControlStore(sql);
  const count = async () => {
    const { rows } = await client.query<{ n: string }>(`select
      (select count(*) from hodei.run) + (select count(*) from hodei.attempt)
      + (select count(*) from hodei.run_event) + (select count(*) from hodei.log_chunk) as n`);
    return Number(rows[0]?.n);
  };
  const rowsBefore = await count();
  const cpuBefore = cpuMs([pid]);
  const took: number[] = [];
  let deleted = 0;
  for (;;) {
    const begin = performance.now();
    const { chunks, runs } = await store.deleteExpired();
    took.push(performance.now() - begin);
    deleted += runs;
    if (chunks + runs === 0) break;
  }
  const cpu = cpuMs([pid]) - cpuBefore;
  const rows = rowsBefore - (await count());
  return {
    runs: deleted,
    rows,
    rowsPerSecond: (rows * 1000) / took.reduce((sum, ms) => sum + ms, 0),
    cpuUsPerRow: (cpu * 1000) / rows,
    calls: took.length,
    longestMs: quantiles(took).max,
  };
}
