import { describe, expect, it } from "vitest";
import { isAsleep, type SleepDeps, sleepOrWake, wakeUp } from "#core/application/sleep.ts";

const AFTER_MS = 900_000;

/** A stage with so many gateways; `idle` answers one look after the other, the last one for ever. */
function stage(gateways: number, ...idle: (number | null)[]) {
  const wanted: number[] = [];
  const deps: SleepDeps = {
    store: { idleMs: async () => (idle.length > 1 ? idle.shift() : idle[0]) ?? null },
    gateways: {
      wanted: async () => wanted.at(-1) ?? gateways,
      want: async (count) => void wanted.push(count),
    },
    sleepAfterMs: AFTER_MS,
    log: { debug() {}, info() {}, warn() {}, error() {} },
  };
  return { deps, wanted };
}

describe("an idle stage", () => {
  it("sleeps when it was idle for long enough", async () => {
    const { deps, wanted } = stage(1, AFTER_MS);
    await sleepOrWake(deps);
    expect(wanted).toEqual([0]);
    expect(await isAsleep(deps)).toBe(true);
  });

  it.each([
    ["idle for less", AFTER_MS - 1],
    ["busy", null],
  ])("stays awake: %s", async (_, idle) => {
    const { deps, wanted } = stage(1, idle);
    await sleepOrWake(deps);
    expect(wanted).toEqual([]);
  });

  it("is woken by who submitted while it fell asleep, whose wake was served before", async () => {
    const { deps, wanted } = stage(1, AFTER_MS, null);
    await sleepOrWake(deps);
    expect(wanted).toEqual([0, 1]);
  });

  it("is not told again to sleep, nor to wake", async () => {
    const asleep = stage(0, AFTER_MS);
    await sleepOrWake(asleep.deps);
    expect(asleep.wanted).toEqual([]);
    const awake = stage(3, null);
    await wakeUp(awake.deps);
    expect(awake.wanted).toEqual([]);
  });

  it("wakes with one gateway", async () => {
    const { deps, wanted } = stage(0, null);
    await wakeUp(deps);
    expect(wanted).toEqual([1]);
  });

  it("never sleeps where nobody said what to turn off", async () => {
    const { deps } = stage(1, AFTER_MS);
    const without = { ...deps, gateways: null };
    await sleepOrWake(without);
    await wakeUp(without);
    expect(await isAsleep(without)).toBe(false);
  });
});
