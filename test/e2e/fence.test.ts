import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isFinal } from "#core/domain/spec/api.ts";
import { EAGER_PROFILES, type LocalMode, startLocalMode } from "../support/local-mode.ts";
import { until } from "../support/until.ts";
import type { Committed } from "./late-commit.ts";

/** Seconds in place of the minute that a lease takes to run out. */
const TIMINGS = JSON.stringify({
  heartbeatPeriodMs: 400,
  leaseMs: 2_500,
  reportedLimitMs: 3_000,
  leaseFloorMs: 2_500,
});
const LATE_COMMIT = fileURLToPath(new URL("late-commit.ts", import.meta.url));
const [NOBODY_ASKED, SUPERSEDED, NOT_FOUND, KILLED] = [69, 75, 127, 137];
/** How a check ends while its worker fences itself: unanswered, answered, or killed with what carries the mark. */
const REFUSED = [NOBODY_ASKED, SUPERSEDED, NOT_FOUND, KILLED];
const NODE = process.execPath;

let local: LocalMode;
beforeAll(async () => {
  local = await startLocalMode({ profiles: EAGER_PROFILES, timings: TIMINGS, tickMs: 500 });
  await local.rows("create table ledger (run uuid not null, fence bigint not null)");
});
afterAll(() => local.end());

const ledger = async (runId: string): Promise<number[]> => {
  const sql = "select fence::int as fence from ledger where run = $1 order by fence";
  return (await local.rows<{ fence: number }>(sql, [runId])).map(({ fence }) => fence);
};

/** A directory for what escapes from the first attempt; gone with the test, and whoever escaped too. */
function escapeRoom(name: string) {
  const directory = join(local.stateDir, name);
  mkdirSync(directory);
  const path = (of: string, nth: number) => join(directory, `${of}-${nth}`);
  return {
    directory,
    go: (nth: number) => writeFileSync(path("go", nth), ""),
    committed: async (nth: number): Promise<Committed> => {
      await until(`it tried for the ${nth}. time`, () => existsSync(path("done", nth)));
      return JSON.parse(readFileSync(path("done", nth), "utf8")) as Committed;
    },
    close: () => rmSync(directory, { recursive: true, force: true }),
  };
}

test("cut off and replaced, an attempt that got away commits nothing more, by neither way", async () => {
  const room = escapeRoom("frozen");
  const commit = `${NODE} ${LATE_COMMIT} ${room.directory} $HODEI_EXECUTION_ID`;
  const getAway = `setsid -f env -u HODEI_EXECUTION_ID -u TMPDIR ${commit} >/dev/null 2>&1; exec sleep 600`;
  const replace = `touch ${room.directory}/second; while test -e ${room.directory}; do sleep 0.05; done`;
  const { run } = await local.api.submit(
    {
      shell: `if test $HODEI_FENCE = 1; then ${getAway}; else ${replace}; fi`,
      env: { LEDGER_URL: local.databaseUrl },
      replacement: "AfterLost",
    },
    randomUUID(),
  );
  expect(await room.committed(0)).toEqual({ check: 0, rows: 1 });

  const pid = local.pidOf((await local.api.run(run.id)).workerId ?? "");
  process.kill(pid, "SIGSTOP");
  await until("the second attempt runs", () => existsSync(join(room.directory, "second")));
  room.go(1);
  await until("it asks the frozen worker", () => existsSync(join(room.directory, "asking-1")));
  process.kill(pid, "SIGCONT"); // fences itself, whatever it finds waiting
  const late = await room.committed(1);
  expect(late.rows).toBe(0);
  expect(REFUSED).toContain(late.check);
  await until("the thawed worker is gone", () => !isAlive(pid));
  room.go(2);
  expect(await room.committed(2)).toEqual({ check: NOT_FOUND, rows: 0 }); // `hodei` went with the worker
  expect(await ledger(run.id)).toEqual([1]);

  room.close();
  await until("the run is final", async () => isFinal((await local.api.run(run.id)).phase));
  expect(await local.api.run(run.id)).toMatchObject({ phase: "Succeeded", attempts: 2 });
});

test("asked to stop, an attempt hears in its grace that it does not count, by both ways", async () => {
  const room = escapeRoom("cancelled");
  const { run } = await local.api.submit(
    {
      shell: `trap '' TERM; ${NODE} ${LATE_COMMIT} ${room.directory} $HODEI_EXECUTION_ID`,
      env: { LEDGER_URL: local.databaseUrl },
      terminationGracePeriodSeconds: 20,
    },
    randomUUID(),
  );
  expect(await room.committed(0)).toEqual({ check: 0, rows: 1 });
  await local.api.cancel(run.id, null);
  await until("it is asked to end", () => existsSync(join(room.directory, "asked-to-end")));
  room.go(1);
  expect(await room.committed(1)).toEqual({ check: SUPERSEDED, rows: 0 });
  room.close();
  await until("the run is final", async () => isFinal((await local.api.run(run.id)).phase));
  expect(await local.api.run(run.id)).toMatchObject({ phase: "Cancelled" });
  expect(await ledger(run.id)).toEqual([1]);
  expect(await local.violations()).toEqual([]);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
