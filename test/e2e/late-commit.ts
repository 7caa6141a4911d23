/**
 * The part of a job that no clean-up reaches: it left its group, its parent, and the marks in its environment.
 * `node late-commit.ts <directory> <execution id>`: commits at once, and again each time that `go-<n>`
 * appears in the directory, as the guide says to: by a check before, and by a condition in the transaction.
 * Writes what came of each to `done-<n>`. Ends when the directory is gone.
 */
import { spawnSync } from "node:child_process";
import { existsSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { until } from "../support/until.ts";

export interface Committed {
  /** Exit code of `hodei fence check`. */
  readonly check: number;
  /** Rows that the transaction added. */
  readonly rows: number | null;
}

const WAIT_MS = 60_000;
const KILLED = 137; // as a shell says it of SIGKILL

async function commit(runId: string, fence: string): Promise<number | null> {
  const client = new pg.Client({ connectionString: process.env.LEDGER_URL });
  await client.connect();
  try {
    await client.query("begin");
    const { rowCount } = await client.query(
      "insert into ledger select $1, $2 where hodei.fence_ok($1, $2)",
      [runId, fence],
    );
    await client.query("commit");
    return rowCount;
  } finally {
    await client.end();
  }
}

async function main([directory = "", executionId = ""]: readonly string[]): Promise<void> {
  const { HODEI_RUN_ID: runId = "", HODEI_FENCE: fence = "" } = process.env;
  process.on("SIGTERM", () => writeFileSync(join(directory, "asked-to-end"), ""));
  const env = { ...process.env, HODEI_EXECUTION_ID: executionId };
  for (let nth = 0; existsSync(directory); nth += 1) {
    const isTold = () => !existsSync(directory) || existsSync(join(directory, `go-${nth}`));
    if (nth > 0) await until("it is told to", isTold, WAIT_MS);
    if (!existsSync(directory)) return;
    // Both whatever the other says: each must refuse by itself.
    const rows = await commit(runId, fence);
    writeFileSync(join(directory, `asking-${nth}`), "");
    const { status: check } = spawnSync("sh", ["-c", "hodei fence check"], { env });
    const done: Committed = { check: check ?? KILLED, rows };
    writeFileSync(join(directory, "done"), JSON.stringify(done));
    renameSync(join(directory, "done"), join(directory, `done-${nth}`));
  }
}

if (import.meta.main) await main(process.argv.slice(2));
