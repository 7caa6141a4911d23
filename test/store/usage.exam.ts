import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { limits } from "#core/domain/limits.ts";
import type { UsageQuery, UsageSpan } from "#core/ports/usage-store.ts";
import { exitCode } from "../support/factories.ts";
import type { StoreFixture } from "../support/store-fixture.ts";
import { at as instant } from "../support/store-tables.ts";
import { exam, unchanged } from "./exam.ts";

const ALL: UsageQuery = { attempt: null, from: null, to: null, limit: 100 };
type Held = Awaited<ReturnType<StoreFixture["running"]>>;

/** One report of an attempt, unless it says otherwise. */
const span = (held: Held, atMs: number, change: Partial<UsageSpan> = {}): UsageSpan => ({
  ...{ executionId: held.executionId, fence: 1, workerId: held.workerId },
  ...{ firstAt: atMs, lastAt: atMs, reports: 1, cpuSum: 50, cpuMax: 50 },
  ...{ memorySum: 100, memoryMax: 100, memoryTotal: 1000, diskMax: 7, custom: { queue: 1.5 } },
  ...change,
});

async function scene(at: StoreFixture) {
  const held = await at.running();
  const [row] = await at.tables.rows("select assigned_at from hodei.attempt");
  const begin = Math.floor(instant(String(row?.assigned_at))) + 1;
  return { held, begin };
}

export const usage = exam({
  "reports of one span are one point, with averages and maxima": async (at) => {
    const { held, begin } = await scene(at);
    expect(await at.usage.ofRun(held.runId, ALL)).toMatchObject({
      ...{ endedAt: null, total: null, isCut: false, points: [] },
    });
    await at.usage.addUsage([span(held, begin)]);
    const more = { reports: 3, cpuSum: 250, cpuMax: 120, memorySum: 700, memoryMax: 400 };
    const times = { firstAt: begin + 10_000, lastAt: begin + 30_000, custom: { queue: 2 } };
    await at.usage.addUsage([span(held, begin, { ...more, ...times, diskMax: 3 })]);
    const numbers = {
      ...{ lastAt: begin + 30_000, reports: 4, cpuPercent: 75, cpuPercentMax: 120 },
      ...{ memoryBytes: 200, memoryBytesMax: 400, diskBytesMax: 7 },
    };
    const now = Math.floor(await at.tables.now());
    const expected = {
      ...{ now, endedAt: null, isCut: false, total: { ...numbers, firstAt: begin } },
      points: [
        {
          ...{ ...numbers, at: begin - 1, runId: held.runId, attempt: 1, workerId: held.workerId },
          ...{ memoryTotalBytes: 1000, custom: { queue: 2 } },
        },
      ],
    };
    const found = await at.usage.ofRun(held.runId, ALL);
    expect(found).toEqual(expected);
    expect(await at.usage.ofWorker(held.workerId, ALL)).toEqual(found);
  },

  "sent again, or late, it changes nothing; so does what is of no attempt": async (at) => {
    const { held, begin } = await scene(at);
    const first = span(held, begin);
    const second = span(held, begin + 1000, { lastAt: begin + 5000, reports: 2 });
    for (const part of [first, second]) {
      await at.usage.addUsage([part]);
      await unchanged(at, () => at.usage.addUsage([part]));
    }
    for (const wrong of [
      ...[span(held, begin + 5000), span(held, begin + 9000, { fence: 2 }), first],
      span(held, begin + 9000, { workerId: randomUUID() }),
      span(held, begin + 9000, { executionId: randomUUID() }),
    ])
      await unchanged(at, () => at.usage.addUsage([wrong]));
    await unchanged(at, () => at.usage.addUsage([]));
  },

  "an attempt has short spans at first, then long ones": async (at) => {
    const { held, begin } = await scene(at);
    const { usageSpanMs: short, usageShortSpansMs: shortFor, usageLongSpanMs: long } = limits;
    const times = [
      0,
      short - 2,
      short,
      shortFor - 2,
      shortFor,
      shortFor + long - 2,
      shortFor + long,
    ];
    for (const ms of times) await at.usage.addUsage([span(held, begin + ms)]);
    const found = await at.usage.ofRun(held.runId, ALL);
    const ages = found?.points.map((point) => [
      Math.floor((point.at - begin + 1) / 1000),
      point.reports,
    ]);
    const seconds = (ms: number) => ms / 1000;
    expect(ages).toEqual([
      [0, 2],
      [seconds(short), 1],
      [seconds(shortFor - short), 1],
      [seconds(shortFor), 2],
      [seconds(shortFor + long), 1],
    ]);
  },

  "points of some time, of an attempt, and only the newest": async (at) => {
    const held = await at.running({ spec: { backoffLimit: 1 } });
    const begin = Math.floor(await at.tables.now()) + 1;
    for (const minute of [0, 1, 2]) await at.usage.addUsage([span(held, begin + minute * 60_000)]);
    await at.report(held, exitCode(1));
    await at.tables.advance(180_000);
    await at.beat(held);
    const second = await at.assign(held.runId, held);
    const last = begin + 190_000;
    await at.usage.addUsage([span({ ...held, ...second }, last, { fence: 2 })]);
    const attempts = async (change: Partial<UsageQuery>) => {
      const found = await at.usage.ofRun(held.runId, { ...ALL, ...change });
      return [found?.total?.reports ?? 0, ...(found?.points.map(({ attempt }) => attempt) ?? [])];
    };
    expect(await attempts({})).toEqual([4, 1, 1, 1, 2]);
    expect(await attempts({ attempt: 2 })).toEqual([1, 2]);
    expect(await attempts({ attempt: 3 })).toEqual([0]);
    expect(await attempts({ limit: 2 })).toEqual([4, 1, 2]);
    expect(await attempts({ from: begin + 60_000, to: begin + 120_000 })).toEqual([2, 1, 1]);
    expect(await attempts({ from: begin + 60_001 })).toEqual([2, 1, 2]);
    expect(await attempts({ to: begin + 59_999 })).toEqual([1, 1]);
  },

  "nobody's, and of what ended": async (at) => {
    expect(await at.usage.ofRun(randomUUID(), ALL)).toBeNull();
    expect(await at.usage.ofWorker(randomUUID(), ALL)).toBeNull();
    const { held, begin } = await scene(at);
    await at.usage.addUsage([span(held, begin)]);
    await at.report(held);
    const endedAt = Math.floor(await at.tables.now());
    expect(await at.usage.ofRun(held.runId, ALL)).toMatchObject({ endedAt, points: [{}] });
    expect(await at.usage.ofWorker(held.workerId, ALL)).toMatchObject({ endedAt: null });
  },

  "is deleted after its time, so much at a time": async (at) => {
    const { held, begin } = await scene(at);
    for (const minute of [0, 1]) await at.usage.addUsage([span(held, begin + minute * 60_000)]);
    await at.tables.advance(limits.usageRetentionMs - 1_000);
    expect((await at.store.deleteExpired()).usage).toBe(0);
    await at.tables.advance(2_000);
    expect((await at.store.deleteExpired()).usage).toBe(1);
    await at.tables.advance(60_000);
    expect((await at.store.deleteExpired()).usage).toBe(1);
    expect(await at.tables.rows("select * from hodei.usage")).toEqual([]);
  },
});
