import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isFinal } from "#core/domain/spec/api.ts";
import { EAGER_PROFILES, type LocalMode, startLocalMode } from "../support/local-mode.ts";
import { until } from "../support/until.ts";

/** Seconds in place of the minute that a lease takes to run out. */
const TIMINGS = JSON.stringify({
  heartbeatPeriodMs: 400,
  leaseMs: 2_500,
  reportedLimitMs: 3_000,
  leaseFloorMs: 2_500,
});

let local: LocalMode;
beforeAll(async () => {
  local = await startLocalMode({ profiles: EAGER_PROFILES, timings: TIMINGS, tickMs: 500 });
});
afterAll(() => local.end());

const witness = () =>
  readFileSync(join(local.stateDir, "witness"), "utf8").split("\n").filter(Boolean);

async function freezeTheFirst(replacement: "AfterLost" | "AfterGone") {
  const file = join(local.stateDir, "witness");
  const shell = `echo "start $HODEI_RUN_ID $HODEI_ATTEMPT" >> ${file}; test $HODEI_ATTEMPT -gt 1 || sleep 5; echo "end $HODEI_RUN_ID $HODEI_ATTEMPT" >> ${file}`;
  const { run } = await local.api.submit({ shell, replacement }, randomUUID());
  await until("its code started", () => witness().includes(`start ${run.id} 1`));
  const pid = local.pidOf((await local.api.run(run.id)).workerId ?? "");
  process.kill(pid, "SIGSTOP");
  return { id: run.id, pid };
}

test("AfterLost: a frozen worker is replaced when its lease is over; thawed, it ends its job and is not heard", async () => {
  const { id, pid } = await freezeTheFirst("AfterLost");
  await until("the second attempt started", () => witness().includes(`start ${id} 2`), 20_000);
  process.kill(pid, "SIGCONT");
  await until("the run is final", async () => isFinal((await local.api.run(id)).phase));
  expect(await local.api.run(id)).toMatchObject({ phase: "Succeeded", attempts: 2 });
  await until("the thawed worker is gone", () => !alive(pid));
  expect(witness()).not.toContain(`end ${id} 1`);
});

test("AfterGone: no second attempt starts before the frozen worker's machine is gone", async () => {
  const { id, pid } = await freezeTheFirst("AfterGone");
  await until("it waits for the machine", async () => {
    const { reason, phase } = await local.api.run(id);
    return phase === "Pending" && reason === "WaitingForMachineGone";
  });
  expect(witness()).not.toContain(`start ${id} 2`);
  process.kill(pid, "SIGKILL");
  await until("the run is final", async () => isFinal((await local.api.run(id)).phase), 30_000);
  expect(await local.api.run(id)).toMatchObject({ phase: "Succeeded", attempts: 2 });
  expect(witness()).not.toContain(`end ${id} 1`);
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
