import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import type { StoreFixture } from "../support/store-fixture.ts";
import { cancelOf, type Held } from "../support/store-scene.ts";
import { exam, unchanged } from "./exam.ts";
import { TROUBLE } from "./trouble.ts";

/** Asks as a gateway does for its worker, and as the user's own transaction does. */
async function bothSay(at: StoreFixture, held: Held): Promise<{ worker: boolean; sql: boolean }> {
  const [checked] = await unchanged(at, () => at.store.checkFences([held]));
  const sql = await unchanged(at, () => at.fenceOk(held.runId, held.fence));
  return { worker: checked?.current ?? false, sql };
}
const CURRENT = { worker: true, sql: true };
const NOT_CURRENT = { worker: false, sql: false };

/** Which attempt counts: what `hodei fence check` and `hodei.fence_ok` answer. */
export const fence = exam({
  "a running attempt is current; before it runs, after it, and under another fence it is not":
    async (at) => {
      const held = await at.assigned();
      expect(await bothSay(at, held)).toEqual(NOT_CURRENT);
      await at.store.acceptAttempts([held]);
      expect(await bothSay(at, held)).toEqual(CURRENT);
      for (const other of [0, 2])
        expect(await bothSay(at, { ...held, fence: other })).toEqual(NOT_CURRENT);
      await at.report(held);
      expect(await bothSay(at, held)).toEqual(NOT_CURRENT);
    },

  "asked to stop, it is current no more": async (at) => {
    const held = await at.running();
    await at.cancel(held.runId);
    expect(await at.tables.run(held.runId)).toMatchObject({ phase: "Running" });
    expect(await bothSay(at, held)).toEqual(NOT_CURRENT);
  },

  "lost, it is current no more, also before its successor is made, and not after": async (at) => {
    const held = await at.running({ spec: { replacement: "AfterLost" } });
    await at.lapse();
    expect(await at.tables.run(held.runId)).toMatchObject({ phase: "Pending", fence: 1 });
    expect(await bothSay(at, held)).toEqual(NOT_CURRENT);
    const next = await at.assign(held.runId, await at.ready());
    await at.store.acceptAttempts([next]);
    expect(await bothSay(at, held)).toEqual(NOT_CURRENT);
    expect(await bothSay(at, next)).toEqual(CURRENT);
  },

  "a worker asks for its own attempts alone": async (at) => {
    const [held, other] = [await at.running(), await at.running()];
    const { runId: _, ...unnamed } = held;
    const { executionId } = held;
    expect(await at.store.checkFences([unnamed])).toEqual([{ executionId, current: true }]);
    const { workerId: stranger, epoch } = other;
    for (const claim of [
      { ...held, workerId: stranger, epoch },
      { ...held, executionId: other.executionId },
      { ...held, executionId: randomUUID() },
      { ...held, runId: other.runId },
    ])
      expect(await at.store.checkFences([claim])).toMatchObject([{ current: false }]);
  },

  "nobody knows what a superseded stream asks": async (at) => {
    const held = await at.running();
    const newer = await at.attach(held.workerId);
    expect(await at.store.checkFences([held])).toEqual([]);
    expect(await at.store.checkFences([{ ...held, ...newer }])).toMatchObject([{ current: true }]);
    expect(await at.store.checkFences([{ ...held, epoch: newer.epoch + 1 }])).toEqual([]);
    expect(await at.store.checkFences([{ ...held, workerId: randomUUID() }])).toEqual([]);
  },

  "several are answered at once, each for itself": async (at) => {
    const [one, two, over] = [await at.running(), await at.running(), await at.running()];
    await at.report(over);
    const checked = await at.store.checkFences([two, over, one]);
    expect(new Map(checked.map((row) => [row.executionId, row.current]))).toEqual(
      new Map([two, over, one].map((held) => [held.executionId, held !== over])),
    );
    expect(await at.store.checkFences([])).toEqual([]);
  },

  "a run that nobody knows, or nothing, is no": async (at) => {
    expect(await at.fenceOk(randomUUID(), 1)).toBe(false);
    expect(await at.fenceOk(null, 1)).toBe(false);
    expect(await at.fenceOk((await at.running()).runId, null)).toBe(false);
  },
});

/** The user's transaction against what would take the attempt from it. */
export const fenceRaces = exam({
  "a cancel waits for the user's transaction": async (at) => {
    const held = await at.running();
    const raced = await at.race(
      (_store, _templates, fenceOk) => fenceOk(held.runId, held.fence),
      (store) => store.requestStops([cancelOf(held.runId)]),
    );
    expect(raced).toMatchObject({ first: true, waited: true, second: [{ finished: false }] });
  },

  "the loss waits for it, and with the loss the next attempt": async (at) => {
    const held = await TROUBLE["lease-over"](at);
    const closing = await at.closingOf(held, "lease-over");
    const raced = await at.race(
      (_store, _templates, fenceOk) => fenceOk(held.runId, held.fence),
      (store) => store.endAttempts([closing]),
    );
    expect(raced).toMatchObject({ first: true, waited: true, second: [{ phase: "Pending" }] });
  },

  "the result waits for it": async (at) => {
    const held = await at.running();
    const result = await at.resultOf(held);
    const raced = await at.race(
      (_store, _templates, fenceOk) => fenceOk(held.runId, held.fence),
      (store) => store.recordResults([result]),
    );
    expect(raced).toMatchObject({ first: true, waited: true, second: [{ phase: "Succeeded" }] });
  },

  "a second asker waits its turn, so that none passes by a change that waits": async (at) => {
    const held = await at.running();
    const ask = async (fenceOk: (run: string, fence: number) => Promise<boolean>) =>
      fenceOk(held.runId, held.fence);
    const raced = await at.race(
      (_store, _templates, fenceOk) => ask(fenceOk),
      (_store, _templates, fenceOk) => ask(fenceOk),
    );
    expect(raced).toMatchObject({ first: true, waited: true, second: true });
  },

  "heartbeats, accepts repeated by others and who asks of others do not": async (at) => {
    const [held, other] = [await at.running(), await at.running()];
    const ask = (asked: Held) =>
      at.race(
        (_store, _templates, fenceOk) => fenceOk(held.runId, held.fence),
        async (store, _templates, fenceOk) => [
          await store.beatWorkers([{ ...held, executions: [held] }]),
          await store.acceptAttempts([other]),
          await fenceOk(asked.runId, asked.fence),
        ],
      );
    expect(await ask(other)).toMatchObject({ first: true, waited: false, second: [{}, {}, true] });
  },

  "who asks about what is no longer current holds nobody up": async (at) => {
    const held = await at.running();
    const raced = await at.race(
      (_store, _templates, fenceOk) => fenceOk(held.runId, held.fence + 1),
      (store) => store.requestStops([cancelOf(held.runId)]),
    );
    expect(raced).toMatchObject({ first: false, waited: false });
  },

  "the user waits for the loss under way, and hears no": async (at) => {
    const held = await TROUBLE["lease-over"](at);
    const closing = await at.closingOf(held, "lease-over");
    const raced = await at.race(
      (store) => store.endAttempts([closing]),
      (_store, _templates, fenceOk) => fenceOk(held.runId, held.fence),
    );
    expect(raced).toMatchObject({ first: [{ phase: "Pending" }], waited: true, second: false });
  },

  "the user waits for the cancel under way, and hears no": async (at) => {
    const held = await at.running();
    const raced = await at.race(
      (store) => store.requestStops([cancelOf(held.runId)]),
      (_store, _templates, fenceOk) => fenceOk(held.runId, held.fence),
    );
    expect(raced).toMatchObject({ waited: true, second: false });
  },

  "a fence raised since the transaction began is heard, not the snapshot": async (at) => {
    const held = await at.running({ spec: { replacement: "AfterLost" } });
    await at.lapse();
    const [ready, executionId] = [await at.ready(), randomUUID()];
    const pair = { runId: held.runId, fence: held.fence, workerId: ready.workerId, executionId };
    const raced = await at.race(
      (store) => store.assignRuns([pair], ready.gatewayId),
      (_store, _templates, fenceOk) => fenceOk(held.runId, held.fence),
    );
    expect(raced).toMatchObject({ first: [{ fence: 2 }], second: false });
  },
});
