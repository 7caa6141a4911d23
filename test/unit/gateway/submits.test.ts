import { describe, expect, it } from "vitest";
import { DomainError } from "#core/domain/errors.ts";
import type { ControlStore, Dispatch, InsertedRun, NewRun } from "#core/ports/control-store.ts";
import { Session } from "../../../gateway/session.ts";
import { Submits } from "../../../gateway/submits.ts";
import { WarmWorkers } from "../../../gateway/warm-workers.ts";
import { aRun } from "../../support/factories.ts";
import { recordingTelemetry } from "../../support/fakes/recorders.ts";
import { stub } from "../../support/fakes/stub.ts";

const OFFER = { cpuMillis: 4_000, memoryMib: 8_192, labels: {}, taints: [] };

/** One warm worker; the store answers as told. */
function scene(answer: (run: NewRun) => InsertedRun["stored"]) {
  const session = new Session({
    ...{ workerId: "w", epoch: 3, protocolVersion: 2, secretSha256: "", outbox: stub({}) },
    ...{ offer: OFFER, dedicatedRunId: null },
  });
  const warm = new WarmWorkers();
  warm.add(session);
  const store = stub<ControlStore>({
    insertRuns: async (runs) =>
      runs.map((run) => ({ id: run.id, full: false, poked: false, stored: answer(run) })),
  });
  const delivered: Dispatch[] = [];
  const telemetry = recordingTelemetry();
  const deps = { store, gatewayId: "g", newId: () => "e", telemetry };
  const submits = new Submits(deps, warm, (dispatch) => delivered.push(dispatch));
  const isWarm = () => warm.take(aRun().placement) === session;
  return { submits, store, delivered, telemetry, isWarm };
}

const stored = (workerId: string | null): InsertedRun["stored"] => ({
  ...{ createdAt: 1_000, notBefore: 1_000, deadlineAt: 61_000, workerId },
  reason: workerId === null ? "Queued" : null,
});

describe("submits at a gateway", () => {
  it("propose a warm worker, and tell it when it took the run", async () => {
    const { submits, store, delivered, isWarm } = scene(() => stored("w"));
    const run = aRun();
    await submits.insert(run);
    const proposals = [{ runId: run.id, workerId: "w", epoch: 3, executionId: "e" }];
    expect(store.calls[0]?.args).toEqual([[run], { gatewayId: "g", proposals }]);
    expect(delivered).toEqual([
      {
        ...{ runId: run.id, workerId: "w", epoch: 3, executionId: "e", fence: 1 },
        ...{ name: run.spec.name, spec: run.spec, deadlineInMs: 60_000 },
        ...{ attemptPhase: "Assigned", stop: false, reason: null, parameters: null },
      },
    ]);
    expect(isWarm()).toBe(false);
  });

  it.each([
    ["starts later", { startAfter: "2099-01-01T00:00:00.000Z" }],
    ["is suspended", { suspend: true }],
  ])("propose nothing for a run that %s", async (_what, spec) => {
    const { submits, store, isWarm } = scene(() => stored(null));
    const run = aRun(spec);
    await submits.insert(run);
    expect(store.calls[0]?.args).toEqual([[run], { gatewayId: "g", proposals: [] }]);
    expect(isWarm()).toBe(true);
  });

  it("a worker that did not take the run is warm no more, and counted", async () => {
    const { submits, delivered, telemetry, isWarm } = scene(() => stored(null));
    await submits.insert(aRun());
    expect(delivered).toEqual([]);
    expect(telemetry.counted("stale_writes_total", { statement: "insert-runs" })).toBe(1);
    expect(isWarm()).toBe(false);
  });

  it("a run that was there already leaves the worker warm", async () => {
    const { submits, delivered, isWarm } = scene(() => null);
    await submits.insert(aRun());
    expect(delivered).toEqual([]);
    expect(isWarm()).toBe(true);
  });

  it("a statement that failed leaves the worker warm: the rows decide", async () => {
    const unavailable = new DomainError("StoreUnavailable", "try again");
    const { submits, isWarm } = scene(() => {
      throw unavailable;
    });
    await expect(submits.insert(aRun())).rejects.toBe(unavailable);
    expect(isWarm()).toBe(true);
  });
});
