import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Pass } from "../../../gateway/pass.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };

/** A pass whose runs are ended by the test. */
function held() {
  const runs: PromiseWithResolvers<void>[] = [];
  const pass = new Pass(
    "test",
    () => {
      const run = Promise.withResolvers<void>();
      runs.push(run);
      return run.promise;
    },
    log,
  );
  return { pass, runs };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

test("pokes during a pass make exactly one more", async () => {
  const { pass, runs } = held();
  pass.poke();
  for (let n = 0; n < 5; n += 1) pass.poke();
  expect(runs).toHaveLength(1);
  runs[0]?.resolve();
  await settle();
  expect(runs).toHaveLength(2);
  runs[1]?.resolve();
  await settle();
  expect(runs).toHaveLength(2);
});

test("the period looks by itself, never twice at once", async () => {
  const { pass, runs } = held();
  pass.start(1_000);
  expect(runs).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(runs).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(runs).toHaveLength(1);
  runs[0]?.resolve();
  await settle();
  expect(runs).toHaveLength(2);
});

test("a pass that fails is logged, and the next one comes", async () => {
  const { pass, runs } = held();
  pass.start(1_000);
  pass.poke();
  runs[0]?.reject(new Error("the database is away"));
  await settle();
  expect(log.error).toHaveBeenCalledWith(
    expect.objectContaining({ pass: "test" }),
    expect.any(String),
  );
  await vi.advanceTimersByTimeAsync(1_000);
  expect(runs).toHaveLength(2);
});

test("stop waits for the pass under way, and no other starts", async () => {
  const { pass, runs } = held();
  pass.start(1_000);
  pass.poke();
  pass.poke();
  let stopped = false;
  const stopping = pass.stop().then(() => {
    stopped = true;
  });
  await settle();
  expect(stopped).toBe(false);
  runs[0]?.resolve();
  await stopping;
  pass.poke();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(runs).toHaveLength(1);
});

test("who waits for the next pass waits for one that began after the call", async () => {
  const { pass, runs } = held();
  pass.poke();
  let isOver = false;
  const next = pass.next().then(() => {
    isOver = true;
  });
  runs[0]?.resolve();
  await settle();
  expect(runs).toHaveLength(2);
  expect(isOver).toBe(false);
  runs[1]?.reject(new Error("failed, and over all the same"));
  await next;
  const idle = pass.next();
  await settle();
  expect(runs).toHaveLength(3);
  runs[2]?.resolve();
  await idle;
});
