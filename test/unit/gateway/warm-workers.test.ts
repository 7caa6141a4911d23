import { describe, expect, it } from "vitest";
import { specDefaults } from "#core/domain/spec/defaults.ts";
import type { Offer, Placement } from "#core/domain/worker/fit.ts";
import type { Outbox } from "../../../gateway/outbox.ts";
import { Session } from "../../../gateway/session.ts";
import { WarmWorkers } from "../../../gateway/warm-workers.ts";
import { stub } from "../../support/fakes/stub.ts";

const SMALL: Offer = { cpuMillis: 250, memoryMib: 512, labels: {}, taints: [] };
const LARGE: Offer = { ...SMALL, cpuMillis: 1_000, memoryMib: 2_048 };

const needs = (given: Partial<Placement> = {}): Placement => ({
  ...{ cpuMillis: 250, memoryMib: 512, nodeSelector: {}, tolerations: [], dedicatedWorker: false },
  ...given,
});

const stream = (workerId: string, offer = SMALL, dedicatedRunId: string | null = null): Session =>
  new Session({
    ...{ workerId, epoch: 1, protocolVersion: 2, secretSha256: "", outbox: stub<Outbox>({}) },
    ...{ offer, dedicatedRunId },
  });

function warm(...sessions: Session[]): WarmWorkers {
  const workers = new WarmWorkers();
  for (const session of sessions) workers.add(session);
  return workers;
}

describe("warm workers", () => {
  it("are taken once each, the one idle for longest first", () => {
    const [first, second] = [stream("first"), stream("second")];
    const workers = warm(first, second);
    expect([1, 2, 3].map(() => workers.take(needs()))).toEqual([first, second, undefined]);
  });

  it("the tightest fit is taken, whoever came first", () => {
    const [large, small] = [stream("large", LARGE), stream("small")];
    const workers = warm(large, small);
    expect(workers.take(needs())).toBe(small);
    expect(workers.take(needs())).toBe(large);
  });

  it.each([
    ["more than they have", needs({ cpuMillis: 251 })],
    ["a label they lack", needs({ nodeSelector: { zone: "a" } })],
    ["a worker of its own", needs({ dedicatedWorker: true })],
    ["what only a look can choose", needs({ prefer: specDefaults.scheduling })],
  ])("do not take a run that needs %s", (_, placement) => {
    expect(warm(stream("small")).take(placement)).toBeUndefined();
  });

  it("are left to a look while the install prefers something else", () => {
    const only = stream("only");
    const workers = warm(only);
    workers.strategy = "least-loaded";
    expect(workers.take(needs())).toBeUndefined();
    workers.strategy = "packing";
    expect(workers.take(needs())).toBe(only);
  });

  it("are none that wait for a run of their own", () => {
    expect(warm(stream("own", SMALL, "a run")).take(needs())).toBeUndefined();
  });

  it("are none that left or were given a run by somebody else", () => {
    const [gone, here] = [stream("gone"), stream("here")];
    const workers = warm(gone, here);
    workers.remove(gone);
    workers.remove(gone);
    expect(workers.take(needs())).toBe(here);
  });
});
