import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { DEFAULT_TIMINGS } from "#core/domain/timings.ts";
import type { AttemptClosing, TroubleRule } from "#core/ports/control-store.ts";
import type { StoreFixture } from "../support/store-fixture.ts";
import type { Held, HeldOptions } from "../support/store-scene.ts";
import { at as instant } from "../support/store-tables.ts";
import { type Case, type Exam, exam, refused } from "./exam.ts";
import { RULES, TROUBLE } from "./trouble.ts";

const { leaseMs, reportedLimitMs, acceptDeadlineMs, leaseFloorMs } = DEFAULT_TIMINGS;

/** An end that holds, spoilt by one thing in the rows or in the call. */
async function spoiled(
  at: StoreFixture,
  rule: TroubleRule,
  spoil: (held: Held) => Promise<unknown>,
  change: Partial<AttemptClosing> = {},
): Promise<void> {
  const held = await TROUBLE[rule](at);
  const closing = await at.closingOf(held, rule);
  await spoil(held);
  await refused(at, () => at.store.endAttempts([{ ...closing, ...change }]));
}

/** An end that a moment ago nothing spoke for. */
async function early(at: StoreFixture, rule: TroubleRule, options: HeldOptions, ms: number) {
  const held = await (rule === "not-accepted" ? at.assigned(options) : at.running(options));
  if (rule === "stop-overdue") await at.cancel(held.runId);
  await at.tables.advance(ms - 2_000);
  if (ms > leaseMs) await at.beat(held);
  const closing = await at.closingOf(held, rule);
  await refused(at, () => at.store.endAttempts([closing]));
}

export const lostGuards: Exam = exam({
  ...Object.fromEntries(
    RULES.flatMap((rule): [string, Case][] => [
      [
        `${rule}: ends an attempt once`,
        async (at) => {
          const held = await TROUBLE[rule](at);
          const closing = await at.closingOf(held, rule);
          expect(await at.store.endAttempts([closing])).toHaveLength(1);
          await refused(at, () => at.store.endAttempts([closing]));
        },
      ],
      [
        `${rule}: refused for another fence`,
        (at) => spoiled(at, rule, async () => {}, { fence: 2 }),
      ],
      [
        `${rule}: refused for another worker`,
        (at) => spoiled(at, rule, async () => {}, { workerId: randomUUID() }),
      ],
      [
        `${rule}: refused when the phase is not the one it was decided for`,
        async (at) => {
          const held = await TROUBLE[rule](at);
          const closing = await at.closingOf(held, rule);
          const expected = closing.expected === "Assigned" ? "Running" : "Assigned";
          await refused(at, () => at.store.endAttempts([{ ...closing, expected }]));
        },
      ],
      [
        `${rule}: refused when only the run's fence moved on`,
        (at) =>
          spoiled(at, rule, ({ runId }) =>
            at.tables.plant("update hodei.run set fence = 2 where id = $1", [runId]),
          ),
      ],
      [
        `${rule}: refused when only the run waits again`,
        (at) =>
          spoiled(at, rule, ({ runId }) =>
            at.tables.plant(
              "update hodei.run set phase = 'Pending', pending_reason = 'Queued' where id = $1",
              [runId],
            ),
          ),
      ],
      [
        `${rule}: refused when the worker holds another attempt`,
        (at) =>
          spoiled(at, rule, ({ workerId }) =>
            at.tables.plant("update hodei.worker set run_fence = 2 where id = $1", [workerId]),
          ),
      ],
      [
        `${rule}: refused when the worker holds another run`,
        (at) =>
          spoiled(at, rule, ({ workerId }) =>
            at.tables.plant("update hodei.worker set run_id = id where id = $1", [workerId]),
          ),
      ],
    ]),
  ),

  "lease-over: refused while the lease lives": (at) => early(at, "lease-over", {}, leaseMs),
  "lease-over: refused once the worker beat again": (at) =>
    spoiled(at, "lease-over", (held) => at.beat(held)),
  "unreported: refused while it is named": (at) =>
    spoiled(at, "unreported", (held) => at.beat(held, [held])),
  "unreported: refused before the limit": (at) => early(at, "unreported", {}, reportedLimitMs),
  "not-accepted: refused before the deadline": (at) =>
    early(at, "not-accepted", {}, acceptDeadlineMs),
  "not-accepted: refused once accepted": (at) =>
    spoiled(at, "not-accepted", (held) => at.store.acceptAttempts([held])),
  "refused: not by an old session epoch": (at) =>
    spoiled(at, "refused", (held) => at.attach(held.workerId)),
  "attempt-overdue: refused before the timeout": (at) =>
    early(at, "attempt-overdue", { spec: { attemptTimeoutSeconds: 30 } }, 40_000),
  "attempt-overdue: refused without a timeout": (at) => early(at, "attempt-overdue", {}, 600_000),
  "stop-overdue: refused before the patience is over": (at) =>
    early(at, "stop-overdue", {}, 10_000 + DEFAULT_TIMINGS.stopMarginMs),
  "stop-overdue: refused without a verdict": async (at) => {
    const held = await at.running();
    await at.tables.advance(600_000);
    const closing = await at.closingOf(held, "stop-overdue");
    await refused(at, () => at.store.endAttempts([closing]));
  },
  "no rule, no end": async (at) => {
    const held = await at.running();
    const closing = await at.closingOf(held, "unheard-of" as TroubleRule);
    await refused(at, () => at.store.endAttempts([closing]));
  },
});

/** A gateway lives now: leases mean something. */
const gatewayLives = (at: StoreFixture, id = randomUUID() as string) =>
  at.store.beatGateway(id, "10.0.0.1:50051");

/** With the worker's lease over and its attempt unnamed, under a protection. */
async function protectedAttempt(at: StoreFixture, rule: "lease-over" | "unreported", held: Held) {
  const closing = await at.closingOf(held, rule);
  expect(await at.store.troubledAttempts(10)).toEqual([]);
  await refused(at, () => at.store.endAttempts([closing]));
}

export const leaseFloor = exam({
  "after an outage of all gateways nobody is lost until the survivors had time": async (at) => {
    const gateway = randomUUID();
    expect(await gatewayLives(at, gateway)).toEqual({ guarded: false });
    const held = await at.running();
    await at.tables.advance(reportedLimitMs + leaseMs);
    expect((await at.store.control()).leaseFloor).toBeNull();
    expect(await gatewayLives(at, gateway)).toEqual({ guarded: true });
    const { leaseFloor: floor, now } = await at.store.control();
    expect(floor).toBeGreaterThan(now + leaseFloorMs - 10_000);
    await protectedAttempt(at, "lease-over", held);
    await protectedAttempt(at, "unreported", held);
    for (let left = leaseFloorMs; left > 0; left -= 30_000) {
      expect(await gatewayLives(at, gateway)).toEqual({ guarded: true });
      await at.tables.advance(30_000);
    }
    expect(await gatewayLives(at, gateway)).toEqual({ guarded: false });
    expect(await at.endTroubled()).toMatchObject([{ attemptPhase: "Lost" }]);
  },

  "while no gateway lives nobody is lost": async (at) => {
    await gatewayLives(at);
    const held = await at.running();
    const idle = await at.ready();
    await at.tables.advance(reportedLimitMs + leaseMs);
    await protectedAttempt(at, "lease-over", held);
    await protectedAttempt(at, "unreported", held);
    const end = { workerId: idle.workerId, reason: "LeaseOver", message: null, idleMs: 0 };
    await refused(at, () => at.store.endWorkers([{ ...end, rule: "lease-over" }]));
  },

  "a gap shorter than a lease protects nobody": async (at) => {
    const gateway = randomUUID();
    await gatewayLives(at, gateway);
    const held = await at.running();
    await at.tables.advance(leaseMs - 1_000);
    await gatewayLives(at, gateway);
    await at.tables.advance(1_000);
    expect(await gatewayLives(at, gateway)).toEqual({ guarded: false });
    expect(await at.endTroubled()).toMatchObject([{ runId: held.runId }]);
  },

  "a protected attempt still ends by its own clocks": async (at) => {
    await gatewayLives(at);
    const held = await at.running({ spec: { attemptTimeoutSeconds: 10 } });
    const waiting = await at.assigned();
    await at.tables.advance(leaseFloorMs);
    await gatewayLives(at);
    const troubled = await at.store.troubledAttempts(10);
    expect(new Map(troubled.map(({ runId, rule }) => [runId, rule]))).toEqual(
      new Map([
        [held.runId, "attempt-overdue"],
        [waiting.runId, "not-accepted"],
      ]),
    );
    expect(await at.endTroubled()).toHaveLength(2);
  },

  "beats without a gap move no floor": async (at) => {
    await gatewayLives(at);
    await at.tables.advance(leaseFloorMs);
    await gatewayLives(at);
    const { lease_floor } = await at.tables.control();
    expect(instant(lease_floor)).toBeGreaterThan(0);
    await at.tables.advance(leaseMs - 1_000);
    await gatewayLives(at);
    expect(await at.tables.control()).toMatchObject({ lease_floor });
  },
});
