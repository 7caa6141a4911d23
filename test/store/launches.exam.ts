import { expect } from "vitest";
import { limits } from "#core/domain/limits.ts";
import { DEFAULT_TIMINGS } from "#core/domain/timings.ts";
import { aWorker } from "../support/factories.ts";
import type { StoreFixture } from "../support/store-fixture.ts";
import { endOf } from "../support/store-scene.ts";
import { at as instant } from "../support/store-tables.ts";
import { exam, refused, unchanged } from "./exam.ts";

async function createMany(at: StoreFixture, count: number): Promise<string[]> {
  const { launchEpoch } = await at.store.control();
  return at.store.createWorkers(
    Array.from({ length: count }, () => aWorker()),
    launchEpoch,
  );
}
const claim = async (at: StoreFixture, limit = 1000) =>
  (await at.store.claimLaunches(limit)).map(({ workerId }) => workerId);
const failure = (workerId: string, waitMs = 5_000) => ({
  workerId,
  reason: "NoCapacity",
  message: "no capacity in this zone",
  waitMs,
});

export const launches = exam({
  "a launch is claimed once, with the frozen request": async (at) => {
    const worker = aWorker();
    const { launchEpoch } = await at.store.control();
    await at.store.createWorkers([worker], launchEpoch);
    expect(await at.store.claimLaunches(10)).toEqual([
      { workerId: worker.id, request: worker.launchRequest, tokenKeyId: "k1", failures: 0 },
    ]);
    await refused(at, () => at.store.claimLaunches(10));
    const row = await at.tables.worker(worker.id);
    expect(instant(row.launch_after) - instant(row.first_launch_at)).toBe(30_000);
  },

  "a claim whose process died is due again, the first instant stays": async (at) => {
    const workerId = await at.creating();
    await claim(at);
    const { first_launch_at } = await at.tables.worker(workerId);
    await at.tables.advance(30_000);
    expect(await claim(at)).toEqual([workerId]);
    expect(await at.tables.worker(workerId)).toMatchObject({
      first_launch_at,
      launch_token: workerId,
    });
  },

  "many claim at once, each launch goes to one": async (at) => {
    const ids = await createMany(at, 30);
    const claims = await Promise.all(Array.from({ length: 6 }, () => claim(at, 10)));
    expect(claims.flat().sort()).toEqual(ids.sort());
  },

  "the bucket bounds a burst and fills again": async (at) => {
    await createMany(at, limits.launchBurst + 50);
    expect(await claim(at, 60)).toHaveLength(60);
    expect((await at.store.control()).launchTokens).toBe(limits.launchBurst - 60);
    expect(await claim(at)).toHaveLength(limits.launchBurst - 60);
    expect(await claim(at)).toEqual([]);
    await at.tables.advance(1_000);
    expect(await claim(at)).toHaveLength(limits.launchPerSecond);
  },

  "the bucket never holds more than a burst": async (at) => {
    await at.tables.advance(3600_000);
    expect((await at.store.control()).launchTokens).toBe(limits.launchBurst);
    await createMany(at, limits.launchBurst + 10);
    expect(await claim(at)).toHaveLength(limits.launchBurst);
  },

  "concurrent claims together stay within the bucket": async (at) => {
    await createMany(at, 2 * limits.launchBurst);
    const claims = await Promise.all(Array.from({ length: 4 }, () => claim(at)));
    expect(claims.flat()).toHaveLength(limits.launchBurst);
  },

  "an empty bucket that a faster clock filled last stays empty": async (at) => {
    const workerId = await at.creating();
    await at.tables.plant(
      `update hodei.control set launch_tokens = 0,
         launch_tokens_at = hodei.clock() + interval '1 second'`,
    );
    await refused(at, () => at.store.claimLaunches(10));
    await at.tables.advance(2_000);
    expect(await claim(at)).toEqual([workerId]);
  },

  "a pass without a due launch leaves the bucket alone": (at) =>
    unchanged(at, async () => {
      expect(await claim(at)).toEqual([]);
    }),

  "refused: a worker that registered, has its machine, or leaves": async (at) => {
    await at.launched();
    await at.connecting();
    await at.store.endWorkers([endOf(await at.creating(), "token-replayed")]);
    const early = await at.creating();
    await at.tables.plant(
      `update hodei.worker set phase = 'Connecting', lease_expires_at = now(),
         connect_deadline_at = now() where id = $1`,
      [early],
    );
    await refused(at, () => at.store.claimLaunches(10));
  },

  "refused: a token that the provider may no longer know": async (at) => {
    const workerId = await at.creating();
    await claim(at);
    await at.tables.advance(limits.launchTokenReuseMs - 1_000);
    expect(await claim(at)).toEqual([workerId]);
    await at.tables.advance(30_000);
    await refused(at, () => at.store.claimLaunches(10));
  },

  "a machine's id comes once; its worker's clocks count from there": async (at) => {
    const workerId = await at.creating();
    await claim(at);
    await at.store.launchesFailed([failure(workerId)]);
    await at.tables.advance(60_000);
    await at.store.launchesAccepted([{ workerId, externalId: "first" }]);
    const row = await at.tables.worker(workerId);
    expect(row).toMatchObject({ external_id: "first", reason: null, message: null });
    const since = (name: string) => instant(row[name]) - instant(row.launched_at);
    expect(since("register_deadline_at")).toBe(DEFAULT_TIMINGS.registerDeadlineMs);
    expect(since("token_expires_at")).toBe(limits.tokenLifetimeMs);
    await unchanged(at, () => at.store.launchesAccepted([{ workerId, externalId: "second" }]));
  },

  "a worker given up meanwhile learns what to stop, and keeps its reason": async (at) => {
    const workerId = await at.creating();
    await claim(at);
    await at.tables.advance(limits.launchGiveUpMs);
    await at.store.endWorkers([endOf(workerId, "launch-given-up")]);
    await at.store.launchesAccepted([{ workerId, externalId: "late" }]);
    expect(await at.tables.worker(workerId)).toMatchObject({
      phase: "Terminating",
      external_id: "late",
      reason: "because launch-given-up",
    });
  },

  "a failed launch is shown, and tried again after its wait with the same token": async (at) => {
    const workerId = await at.creating();
    await claim(at);
    await at.store.launchesFailed([failure(workerId, 5_000)]);
    expect(await at.tables.worker(workerId)).toMatchObject({
      phase: "Creating",
      reason: "NoCapacity",
      message: "no capacity in this zone",
      launch_failures: 1,
    });
    expect(await claim(at)).toEqual([]);
    await at.tables.advance(5_000);
    expect(await at.store.claimLaunches(1)).toMatchObject([
      { workerId, failures: 1, request: { launchToken: workerId } },
    ]);
  },

  "no failure is noted on a worker with a machine, or one that registered or leaves": async (
    at,
  ) => {
    const leaving = await at.creating();
    await at.store.endWorkers([endOf(leaving, "token-replayed")]);
    const workers = [await at.launched(), await at.connecting(), leaving];
    await unchanged(at, () => at.store.launchesFailed(workers.map((id) => failure(id))));
  },
});
