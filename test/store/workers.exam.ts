import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { sha256Hex } from "#adapters/tokens/hmac-tokens.ts";
import { limits } from "#core/domain/limits.ts";
import { DEFAULT_TIMINGS } from "#core/domain/timings.ts";
import type { Registration } from "#core/ports/control-store.ts";
import { aRegistration, aWorker, sessionOf, tokenOf } from "../support/factories.ts";
import type { StoreFixture } from "../support/store-fixture.ts";
import { endOf } from "../support/store-scene.ts";
import { at as instant } from "../support/store-tables.ts";
import { exam, refused, unchanged } from "./exam.ts";

/** A registration that is refused and leaves every row, above all the token, as it was. */
async function noEntry(at: StoreFixture, workerId: string, change: Partial<Registration> = {}) {
  const registration = aRegistration(workerId, change);
  expect(await unchanged(at, () => at.store.registerWorker(registration))).toBe(false);
}

export const registration = exam({
  "the right token opens the session, once and for this session only": async (at) => {
    const workerId = await at.launched();
    expect(await at.store.registerWorker(aRegistration(workerId))).toBe(true);
    const row = await at.tables.worker(workerId);
    expect(row).toMatchObject({
      phase: "Connecting",
      session_sha256: sessionOf(workerId),
      registered_at: row.token_consumed_at,
      protocol_version: 2,
      info: { agent: "exam" },
      session_epoch: 0,
      gateway_id: null,
      ready_at: null,
    });
    const since = (name: string) => instant(row[name]) - instant(row.registered_at);
    expect(since("lease_expires_at")).toBe(DEFAULT_TIMINGS.leaseMs);
    expect(since("connect_deadline_at")).toBe(DEFAULT_TIMINGS.connectDeadlineMs);
  },

  "a registration whose answer was lost is repeated harmlessly, in every phase": async (at) => {
    const stream = await at.ready();
    const again = () => at.store.registerWorker(aRegistration(stream.workerId));
    expect(await unchanged(at, again)).toBe(true);
    const held = await at.running();
    expect(await unchanged(at, () => at.store.registerWorker(aRegistration(held.workerId)))).toBe(
      true,
    );
  },

  "refused: a wrong or empty token": async (at) => {
    const workerId = await at.launched();
    await noEntry(at, workerId, { tokenSha256: sha256Hex("guess") });
    await noEntry(at, workerId, { tokenSha256: "" });
  },
  "refused: the token of another worker": async (at) => {
    const [mine, other] = [await at.launched(), await at.launched()];
    await noEntry(at, mine, { tokenSha256: tokenOf(other) });
  },
  "refused: a worker nobody made": (at) => noEntry(at, randomUUID()),
  "refused: a spent token from another session; the replay can be seen": async (at) => {
    const workerId = await at.connecting();
    await noEntry(at, workerId, { sessionSha256: sha256Hex("thief") });
    expect(await at.store.inspectToken(workerId, tokenOf(workerId))).toEqual({
      phase: "Connecting",
      rightToken: true,
      consumed: true,
      expired: false,
    });
  },
  "refused: an expired token; unspent it stays": async (at) => {
    const workerId = await at.launched();
    await at.tables.advance(limits.tokenLifetimeMs);
    await noEntry(at, workerId);
    expect(await at.store.inspectToken(workerId, tokenOf(workerId))).toMatchObject({
      consumed: false,
      expired: true,
    });
  },
  "the session outlives its token": async (at) => {
    const workerId = await at.connecting();
    await at.tables.advance(limits.tokenLifetimeMs);
    expect(await at.store.registerWorker(aRegistration(workerId))).toBe(true);
  },
  "a machine faster than the provider's answer may register, whatever the time": async (at) => {
    const workerId = await at.creating();
    await at.tables.advance(2 * limits.tokenLifetimeMs);
    expect(await at.store.registerWorker(aRegistration(workerId))).toBe(true);
    expect(await at.tables.worker(workerId)).toMatchObject({ phase: "Connecting" });
  },
  "refused: a worker that is going or gone": async (at) => {
    const going = await at.connecting();
    await at.store.endWorkers([endOf(going, "unregistered")]);
    await noEntry(at, going);
    await at.store.endMachines([await at.machineEndOf(going)]);
    await noEntry(at, going);
  },
  "a token tells nothing to who does not hold it": async (at) => {
    const workerId = await at.launched();
    expect(await at.store.inspectToken(workerId, sha256Hex("guess"))).toEqual({
      phase: "Creating",
      rightToken: false,
      consumed: false,
      expired: false,
    });
    expect(await at.store.inspectToken(randomUUID(), tokenOf(workerId))).toBeNull();
  },
});

export const streams = exam({
  "every stream raises the epoch, the newest wins": async (at) => {
    const workerId = await at.connecting();
    const first = await at.attach(workerId);
    const second = await at.attach(workerId);
    expect([first.epoch, second.epoch]).toEqual([1, 2]);
    expect(await at.tables.worker(workerId)).toMatchObject({
      session_epoch: 2,
      gateway_id: second.gatewayId,
      phase: "Connecting",
    });
  },

  "a stream brings a new lease, and is told what the worker holds": async (at) => {
    const held = await at.running();
    await at.tables.advance(10_000);
    const attachment = {
      workerId: held.workerId,
      sessionSha256: sessionOf(held.workerId),
      gatewayId: randomUUID(),
    };
    expect(await at.store.attachWorker(attachment)).toEqual({
      epoch: 2,
      phase: "Busy",
      protocolVersion: 2,
      runId: held.runId,
      fence: 1,
      offer: { cpuMillis: 250, memoryMib: 512, labels: {}, taints: [] },
      dedicatedRunId: null,
    });
    const { lease_expires_at, last_heartbeat_at } = await at.tables.worker(held.workerId);
    expect(instant(lease_expires_at) - instant(last_heartbeat_at)).toBeGreaterThanOrEqual(
      DEFAULT_TIMINGS.leaseMs + 10_000,
    );
  },

  "a terminating worker may attach, to hand in a result; its lease stays over": async (at) => {
    const held = await at.running();
    await at.lapse();
    const { lease_expires_at } = await at.tables.worker(held.workerId);
    expect((await at.attach(held.workerId)).epoch).toBe(2);
    expect(await at.tables.worker(held.workerId)).toMatchObject({
      phase: "Terminating",
      lease_expires_at,
    });
  },

  "refused: another session, a worker without one, one that is gone, nobody": async (at) => {
    const stream = await at.ready();
    const creating = await at.launched();
    const gone = await at.ready();
    await at.store.endMachines([await at.machineEndOf(gone.workerId)]);
    const gatewayId = randomUUID();
    for (const attachment of [
      { workerId: stream.workerId, sessionSha256: sha256Hex("thief") },
      { workerId: creating, sessionSha256: sessionOf(creating) },
      { workerId: gone.workerId, sessionSha256: sessionOf(gone.workerId) },
      { workerId: randomUUID(), sessionSha256: sessionOf(stream.workerId) },
    ])
      expect(
        await unchanged(at, () => at.store.attachWorker({ ...attachment, gatewayId })),
      ).toBeNull();
  },

  "only its own epoch ends a stream; the lease is not touched": async (at) => {
    const old = await at.ready();
    const fresh = await at.attach(old.workerId);
    const { lease_expires_at } = await at.tables.worker(old.workerId);
    await unchanged(at, () => at.store.detachWorkers([old]));
    await at.store.detachWorkers([fresh]);
    expect(await at.tables.worker(old.workerId)).toMatchObject({
      gateway_id: null,
      phase: "Ready",
      session_epoch: 2,
      lease_expires_at,
    });
    await unchanged(at, () => at.store.detachWorkers([fresh]));
  },
});

export const fleet = exam({
  "worker rows are written once for one count of the demand": async (at) => {
    const { launchEpoch } = await at.store.control();
    const [first, second] = [aWorker({ maxAgeMs: 60_000 }), aWorker()];
    expect(await at.store.createWorkers([first], launchEpoch)).toEqual([first.id]);
    await refused(at, () => at.store.createWorkers([second], launchEpoch));
    const row = await at.tables.worker(first.id);
    expect(row).toMatchObject({
      phase: "Creating",
      launch_token: first.launchToken,
      launch_request: first.launchRequest,
      token_sha256: first.tokenSha256,
      token_expires_at: null,
      launch_after: row.created_at,
      external_id: null,
    });
    expect(instant(row.retire_at) - instant(row.created_at)).toBe(60_000);
    expect((await at.store.control()).launchEpoch).toBe(launchEpoch + 1);
    expect(await at.store.createWorkers([second], launchEpoch + 1)).toEqual([second.id]);
  },

  "an empty count spends no epoch": async (at) => {
    const { launchEpoch } = await at.store.control();
    expect(await at.store.createWorkers([], launchEpoch)).toEqual([]);
    expect((await at.store.control()).launchEpoch).toBe(launchEpoch);
  },

  "the fleet is everybody not terminated, over any number of pages": async (at) => {
    const gone = await at.ready();
    await at.store.endMachines([await at.machineEndOf(gone.workerId)]);
    const many = Array.from({ length: 501 }, () => aWorker());
    const { launchEpoch } = await at.store.control();
    await at.store.createWorkers(many, launchEpoch);
    const seen = (await at.store.fleet()).map(({ id }) => id);
    expect(seen).toEqual(many.map(({ id }) => id).sort());
  },

  "what the tick sees of a worker": async (at) => {
    const held = await at.running({ worker: { maxAgeMs: 3600_000 } });
    const row = await at.tables.worker(held.workerId);
    const [seen] = await at.store.fleet();
    expect(seen).toMatchObject({
      id: held.workerId,
      phase: "Busy",
      profile: "small",
      runId: held.runId,
      connected: true,
      externalId: `machine of ${held.workerId}`,
      dedicatedRunId: null,
      dedicatedRunOpen: null,
      launchFailures: 0,
      retireAt: Math.floor(instant(row.retire_at)),
      leaseExpiresAt: Math.floor(instant(row.lease_expires_at)),
      endingAt: null,
      stopAskedAt: null,
    });
    await at.store.detachWorkers([held]);
    expect(await at.store.fleet()).toMatchObject([{ connected: false }]);
  },

  "a dedicated worker knows whether its run is still open": async (at) => {
    const runId = await at.submit({ dedicatedWorker: true });
    await at.creating({ dedicatedRunId: runId });
    expect(await at.store.fleet()).toMatchObject([{ dedicatedRunOpen: true }]);
    await at.cancel(runId);
    expect(await at.store.fleet()).toMatchObject([{ dedicatedRunOpen: false }]);
  },

  "rows by id, for those that are there": async (at) => {
    const [creating, launched] = [await at.creating(), await at.launched()];
    const rows = await at.store.workersById([creating, launched, randomUUID()]);
    expect(new Map(rows.map((row) => [row.id, row]))).toEqual(
      new Map([
        [creating, { id: creating, phase: "Creating", externalId: null }],
        [launched, { id: launched, phase: "Creating", externalId: `machine of ${launched}` }],
      ]),
    );
  },

  "machines that end before their worker was ready are counted since the last that was": async (
    at,
  ) => {
    const fail = async (rule: "register-late" | "launch-given-up") => {
      const workerId = await (rule === "register-late" ? at.launched() : at.creating());
      if (rule === "launch-given-up") await at.store.claimLaunches(10);
      await at.tables.advance(limits.launchGiveUpMs);
      await at.store.endWorkers([{ ...endOf(workerId, rule), message: `it was ${rule}` }]);
    };
    await fail("register-late");
    await at.ready();
    await at.tables.advance(1_000);
    await fail("launch-given-up");
    const [failing, ...others] = await at.store.failingProfiles();
    expect(others).toEqual([]);
    expect(failing).toMatchObject({
      profile: "small",
      failures: 1,
      message: "it was launch-given-up",
    });
    await at.tables.advance(limits.failingProfileWindowMs);
    expect(await at.store.failingProfiles()).toEqual([]);
  },

  "workers of a run that ended early are no failure of their profile": async (at) => {
    const runId = await at.submit({ dedicatedWorker: true });
    const workerId = await at.creating({ dedicatedRunId: runId });
    await at.cancel(runId);
    await at.store.endWorkers([{ ...endOf(workerId, "dedicated-orphan"), reason: "RunFinished" }]);
    expect(await at.store.failingProfiles()).toEqual([]);
  },
});
