import { expect } from "vitest";
import { limits } from "#core/domain/limits.ts";
import { exam } from "./exam.ts";
import { scheduled } from "./schedules.exam.ts";

const SECOND = 1000;

/** How long nothing has happened: what an idle stage falls asleep by. */
export const idle = exam({
  "an install that was never used is idle since it was made": async (at) => {
    expect(await at.store.idleMs()).toBe(0);
    await at.tables.advance(5 * SECOND);
    expect(await at.store.idleMs()).toBe(5 * SECOND);
  },
  "a run that waits is not idleness, nor one that waits for its retry": async (at) => {
    const id = await at.submit();
    await at.tables.advance(5 * SECOND);
    expect(await at.store.idleMs()).toBe(null);
    await at.cancel(id);
    expect(await at.store.idleMs()).toBe(5 * SECOND); // since the submit
  },
  "a schedule that is due before a stage that sleeps would look is not idleness": async (at) => {
    const { sleepLookPeriodMs, tickPeriodMs } = limits;
    const soon = sleepLookPeriodMs + tickPeriodMs;
    const now = await at.tables.now();
    const { id } = await scheduled(at, { nextFireAt: now + soon + 1000 });
    expect(await at.store.idleMs()).toBe(0);
    await at.tables.advance(1000);
    expect(await at.store.idleMs()).toBe(null);
    await at.schedules.deleteSchedule(id, null);
    expect(await at.store.idleMs()).toBe(1000);
  },
  "a run that is suspended waits for a person, and lets a stage sleep": async (at) => {
    await at.submit({ suspend: true });
    await at.tables.advance(SECOND);
    expect(await at.store.idleMs()).toBe(SECOND);
  },
  "a worker is not idleness, from its row on": async (at) => {
    await at.creating();
    expect(await at.store.idleMs()).toBe(null);
  },
  "an attempt that nobody's machine holds is none either": async (at) => {
    await at.running();
    await at.tables.plant("delete from hodei.worker");
    expect(await at.store.idleMs()).toBe(null);
  },
});
