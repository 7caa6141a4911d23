import { expect, test } from "vitest";
import { AdaptiveBatch } from "../../../gateway/adaptive-batch.ts";

/** A run that is held up until the test lets it go; remembers every batch. */
function held() {
  const batches: number[][] = [];
  const gates: PromiseWithResolvers<void>[] = [];
  const run = async (items: number[]) => {
    batches.push(items);
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    await gate.promise;
    return items.map((item) => `answer ${item}`);
  };
  return { batches, gates, run };
}

/** Lets everything that is ready happen. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("a lone item goes at once", async () => {
  const { batches, gates, run } = held();
  const batch = new AdaptiveBatch(run, 10);
  const answer = batch.add(1);
  await settle();
  expect(batches).toEqual([[1]]);
  gates[0]?.resolve();
  expect(await answer).toBe("answer 1");
});

test("items of one turn go together, and each gets its own answer", async () => {
  const { batches, gates, run } = held();
  const batch = new AdaptiveBatch(run, 10);
  const answers = Promise.all([3, 1, 2].map((item) => batch.add(item)));
  await settle();
  expect(batches).toEqual([[3, 1, 2]]);
  gates[0]?.resolve();
  expect(await answers).toEqual(["answer 3", "answer 1", "answer 2"]);
});

test("what arrives while a call is under way goes into the next, in order, up to the bound", async () => {
  const { batches, gates, run } = held();
  const batch = new AdaptiveBatch(run, 3);
  const all = [batch.add(0)];
  await settle();
  for (let item = 1; item <= 7; item += 1) all.push(batch.add(item));
  await settle();
  expect(batches).toEqual([[0]]);
  for (let call = 0; call < 4; call += 1) {
    gates[call]?.resolve();
    await settle();
  }
  expect(batches).toEqual([[0], [1, 2, 3], [4, 5, 6], [7]]);
  expect(await Promise.all(all)).toHaveLength(8);
});

test("an error rejects the items of its batch and no other", async () => {
  const batch = new AdaptiveBatch<number, number>(async (items) => {
    if (items.includes(2)) throw new Error("no twos");
    return items;
  }, 1);
  const settled = await Promise.allSettled([1, 2, 3].map((item) => batch.add(item)));
  expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(await batch.add(4)).toBe(4);
});

test("idle waits for everything that was added", async () => {
  const { gates, run } = held();
  const batch = new AdaptiveBatch(run, 1);
  await batch.idle();
  const answers = [batch.add(1), batch.add(2)];
  let idle = false;
  const waiting = batch.idle().then(() => {
    idle = true;
  });
  await settle();
  gates[0]?.resolve();
  await settle();
  expect(idle).toBe(false);
  gates[1]?.resolve();
  await waiting;
  expect(await Promise.all(answers)).toEqual(["answer 1", "answer 2"]);
});
