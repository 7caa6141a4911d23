import { Metadata, status } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { limits } from "#core/domain/limits.ts";
import { FenceState, type WorkerAgentServiceClient } from "#proto/hodei.ts";
import { FenceChecks } from "../../../worker/fence-checks.ts";
import type { FenceQuestion } from "../../../worker/fence-question.ts";

type Callback = (error: object | null, answer?: { state: FenceState }) => void;
const { FENCE_STATE_CURRENT, FENCE_STATE_SUPERSEDED, FENCE_STATE_UNSPECIFIED } = FenceState;
const OWN: FenceQuestion = { executionId: "own", fence: 3 };

let calls: { request: FenceQuestion; deadline: number; answer: Callback }[];
let current: FenceQuestion | null;
let connected: boolean;
let checks: FenceChecks;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
  calls = [];
  current = OWN;
  connected = true;
  const client = {
    checkFence: (
      request: FenceQuestion,
      _: Metadata,
      { deadline }: { deadline: number },
      answer: Callback,
    ) => calls.push({ request, deadline, answer }),
  } as unknown as WorkerAgentServiceClient;
  checks = new FenceChecks({
    metadata: new Metadata(),
    client: () => (connected ? client : null),
    current: () => current,
  });
});
afterEach(() => vi.useRealTimers());

/** Lets what is due happen; the calls that were begun. */
async function pass(ms = 0): Promise<number> {
  await vi.advanceTimersByTimeAsync(ms);
  return calls.length;
}
const answer = (state: FenceState) => calls.at(-1)?.answer(null, { state });

test("asks the gateway and hands on what it says", async () => {
  const asked = checks.ask(OWN);
  expect(await pass()).toBe(1);
  expect(calls[0]).toMatchObject({
    request: OWN,
    deadline: Date.now() + limits.fenceAnswerMs,
  });
  answer(FENCE_STATE_CURRENT);
  expect(await asked).toEqual({ state: "current" });
  const again = checks.ask(OWN);
  await pass(limits.fenceCheckPeriodMs);
  answer(FENCE_STATE_SUPERSEDED);
  expect(await again).toEqual({ state: "superseded" });
});

test("whatever else happens is not known", async () => {
  const asked = checks.ask(OWN);
  await pass();
  answer(FENCE_STATE_UNSPECIFIED);
  expect(await asked).toMatchObject({ state: "unknown" });
  const refused = checks.ask(OWN);
  await pass(limits.fenceCheckPeriodMs);
  calls.at(-1)?.answer({ code: status.UNIMPLEMENTED });
  expect(await refused).toEqual({ state: "unknown", why: "the gateway: UNIMPLEMENTED" });
  connected = false;
  const away = checks.ask(OWN);
  expect(await pass(limits.fenceCheckPeriodMs)).toBe(2);
  expect(await away).toEqual({ state: "unknown", why: "the worker is not connected" });
});

test("a client that throws breaks nothing for those who ask later", async () => {
  const asked = checks.ask(OWN);
  calls.push = () => {
    throw new Error("the channel is shut down");
  };
  await pass();
  expect(await asked).toEqual({ state: "unknown", why: "the gateway: gone" });
  calls = [];
  const again = checks.ask(OWN);
  expect(await pass(limits.fenceCheckPeriodMs)).toBe(1);
  answer(FENCE_STATE_CURRENT);
  expect(await again).toEqual({ state: "current" });
});

test("what is not this worker's own is superseded, and nobody is asked", async () => {
  for (const other of [
    { ...OWN, executionId: "other" },
    { ...OWN, fence: 2 },
  ])
    expect(await checks.ask(other)).toEqual({ state: "superseded" });
  current = null;
  expect(await checks.ask(OWN)).toEqual({ state: "superseded" });
  expect(await pass(limits.fenceCheckPeriodMs)).toBe(0);
});

test("an execution that is lost while the answer is on its way is superseded, whatever it says", async () => {
  const asked = checks.ask(OWN);
  await pass();
  current = null;
  answer(FENCE_STATE_CURRENT);
  expect(await asked).toEqual({ state: "superseded" });
});

test("an answer about the execution before is none about this one", async () => {
  const asked = checks.ask(OWN);
  current = { executionId: "next", fence: 1 };
  const next = checks.ask(current);
  await pass();
  expect(calls.map(({ request }) => request)).toEqual([current]);
  answer(FENCE_STATE_CURRENT);
  expect(await Promise.all([asked, next])).toEqual([{ state: "superseded" }, { state: "current" }]);
});

test("a thousand who ask share a call that begins after they asked, one at a time, a period apart", async () => {
  const first = checks.ask(OWN);
  expect(await pass()).toBe(1);
  const crowd = Array.from({ length: 1000 }, () => checks.ask(OWN));
  // The call under way was begun before they asked: its answer is too old for them.
  expect(await pass(10 * limits.fenceCheckPeriodMs)).toBe(1);
  answer(FENCE_STATE_CURRENT);
  expect(await first).toEqual({ state: "current" });
  expect(await pass()).toBe(2);
  const late = checks.ask(OWN);
  answer(FENCE_STATE_SUPERSEDED);
  expect(new Set((await Promise.all(crowd)).map(({ state }) => state))).toEqual(
    new Set(["superseded"]),
  );
  expect(await pass(limits.fenceCheckPeriodMs - 1)).toBe(2);
  expect(await pass(1)).toBe(3);
  answer(FENCE_STATE_CURRENT);
  expect(await late).toEqual({ state: "current" });
});
