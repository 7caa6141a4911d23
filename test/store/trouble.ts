import { DEFAULT_TIMINGS } from "#core/domain/timings.ts";
import type { TroubleRule } from "#core/ports/control-store.ts";
import type { StoreFixture } from "../support/store-fixture.ts";
import type { Held } from "../support/store-scene.ts";

const { leaseMs, reportedLimitMs, acceptDeadlineMs } = DEFAULT_TIMINGS;

/** Keeps a worker alive, naming nothing, while time passes. */
async function aliveFor(at: StoreFixture, held: Held, ms: number) {
  await at.tables.advance(ms / 2);
  await at.beat(held);
  await at.tables.advance(ms / 2);
  await at.beat(held);
}

/** How each rule comes to hold for an attempt. */
export const TROUBLE: Record<TroubleRule, (at: StoreFixture) => Promise<Held>> = {
  "lease-over": async (at) => {
    const held = await at.running();
    await at.tables.advance(leaseMs);
    return held;
  },
  unreported: async (at) => {
    const held = await at.running();
    await aliveFor(at, held, reportedLimitMs + 2);
    return held;
  },
  "not-accepted": async (at) => {
    const held = await at.assigned();
    await at.tables.advance(acceptDeadlineMs);
    return held;
  },
  refused: (at) => at.assigned(),
  "attempt-overdue": async (at) => {
    const held = await at.running({
      spec: { attemptTimeoutSeconds: 1, terminationGracePeriodSeconds: 1 },
    });
    await at.tables.advance(2_000 + DEFAULT_TIMINGS.stopMarginMs);
    return held;
  },
  "stop-overdue": async (at) => {
    const held = await at.running({ spec: { terminationGracePeriodSeconds: 1 } });
    await at.cancel(held.runId);
    await at.tables.advance(1_000 + DEFAULT_TIMINGS.stopMarginMs);
    return held;
  },
};
export const RULES = Object.keys(TROUBLE) as TroubleRule[];
