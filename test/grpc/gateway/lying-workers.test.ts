import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type AttemptEnd,
  type HeldExecution,
  JobResultMessage,
  SelfTerminateMessage,
  WorkerHeartbeat,
} from "#proto/hodei.ts";
import { fuzzed, fuzzTimeout, oddTexts } from "../../support/fuzz.ts";
import { type GatewayFixture, startGateway } from "../../support/gateway-fixture.ts";
import type { Said, ScriptedWorker } from "../../support/scripted-worker.ts";
import { until } from "../../support/until.ts";

interface Held {
  readonly executionId: string;
  readonly fence: number;
  readonly jobId: string;
}

/** What of the others must stay as it is, whatever a liar says; beats go on meanwhile. */
async function rowsOf(gateway: GatewayFixture, runIds: readonly string[]): Promise<unknown> {
  const [row] = await gateway.query(
    `select (select jsonb_agg(to_jsonb(r) order by r.id) from hodei.run r where r.id = any($1)) as runs,
      (select jsonb_agg(to_jsonb(a) - 'reported_at' order by a.run_id, a.fence) from hodei.attempt a
        where a.run_id = any($1)) as attempts,
      (select jsonb_agg(to_jsonb(e) order by e.run_id, e.seq) from hodei.run_event e
        where e.run_id = any($1)) as events,
      (select jsonb_agg(to_jsonb(l) order by l.run_id, l.fence, l.seq) from hodei.log_chunk l
        where l.run_id = any($1)) as logs,
      (select jsonb_agg(to_jsonb(w) - 'last_heartbeat_at' - 'lease_expires_at' order by w.id)
        from hodei.worker w where w.run_id = any($1)) as workers`,
    [runIds],
  );
  return row;
}

/** A run on a worker that is honest: it runs, and has said one line. */
async function honest(gateway: GatewayFixture) {
  const worker = await gateway.readyWorker();
  await gateway.submit();
  const held: Held = await worker.control.take();
  const logs = worker.openLogs();
  logs.write(held, 1, "mine\n");
  await logs.acknowledged(1);
  return { worker, held, logs };
}

const number = fc.oneof(
  fc.constantFrom(0, 1, 2, -1, 2 ** 31, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
  fc.integer(),
);
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
/** Index of an execution: 0 = its own, then others', then ones that are nowhere, or no ids. */
const named = fc.record({ whose: fc.nat(4), fence: fc.oneof(fc.constant("right"), number) });
type Named = { readonly whose: number; readonly fence: string | number };

const words = fc.oneof(
  ...[
    fc.record({ say: fc.constant("accept"), of: named }),
    fc.record({ say: fc.constant("refuse"), of: named, text: oddTexts }),
    fc.record({ say: fc.constant("heartbeat"), of: named, count: fc.nat(40) }),
    fc.record({
      ...{ say: fc.constant("result"), of: named, text: oddTexts, number, code: int32 },
      end: fc.integer({ min: -1, max: 20 }),
    }),
    fc.record({ say: fc.constant("logs"), of: named, number, count: fc.nat(30) }),
    fc.record({ say: fc.constant("line"), of: named, text: oddTexts }),
    fc.record({ say: fc.constant("stats"), number }),
    fc.record({ say: fc.constantFrom("again", "cut", "selfTerminate", "twice") }),
  ],
);
type Word = {
  readonly say: string;
  readonly of?: Named;
  readonly text?: string;
  readonly number?: number;
  readonly code?: number;
  readonly count?: number;
  readonly end?: number;
};

/** Says one word of a liar; `known`: its own execution first. */
function speak(liar: ScriptedWorker, word: Word, known: readonly Held[]): void {
  const { say, text = "", number: n = 0, count = 1 } = word;
  const of = nameOf(word.of ?? { whose: 0, fence: "right" }, known);
  const { control } = liar;
  const messages: Readonly<Record<string, () => Said>> = {
    accept: () => ({ $case: "accept", value: of }),
    refuse: () => ({ $case: "refuse", value: { ...of, reason: text } }),
    heartbeat: () => ({
      $case: "heartbeat",
      value: WorkerHeartbeat.fromPartial({ executions: Array<HeldExecution>(count).fill(of) }),
    }),
    result: () => ({
      $case: "result",
      value: JobResultMessage.fromPartial({
        ...{ ...of, resultId: text || randomUUID(), errorMessage: text, signal: text },
        ...{ exitCode: word.code ?? 0, end: (word.end ?? 0) as AttemptEnd, logLastSeq: n },
      }),
    }),
    line: () => ({ $case: "log", value: { jobId: of.jobId, line: text, isStderr: false } }),
    stats: () => ({
      $case: "stats",
      value: { jobId: "", cpuPercent: n, memoryBytes: n, diskBytes: n, timestamp: undefined },
    }),
    selfTerminate: () => ({
      $case: "selfTerminate",
      value: SelfTerminateMessage.fromPartial({ lastJobId: of.jobId, reason: text }),
    }),
  };
  const message = messages[say];
  if (message) control.say(message());
  else if (say === "logs") sayLogs(liar, of, n, count);
  else if (say === "cut") control.cancel();
  else {
    if (say === "twice") liar.open();
    liar.open();
  }
}

function sayLogs(liar: ScriptedWorker, of: Held, n: number, count: number): void {
  const logs = liar.openLogs();
  const truncated = n % 2 === 0 ? { droppedBytes: n, droppedLines: n } : undefined;
  for (let seq = 0; seq < count; seq += 1)
    logs.write(of, Math.min(n + seq, Number.MAX_SAFE_INTEGER), "lie\n", { truncated });
  logs.call.end();
}

function nameOf({ whose, fence }: Named, known: readonly Held[]): Held {
  const nobody = { executionId: whose === 3 ? randomUUID() : "no id", fence: 1, jobId: "" };
  const held = known[whose] ?? nobody;
  const { executionId, jobId } = held;
  return { executionId, jobId, fence: typeof fence === "number" ? fence : held.fence };
}

/** Everything the liar said was dealt with, or its stream is over. */
async function heardOut({ control }: ScriptedWorker): Promise<void> {
  const before = control.answers.length;
  if (!control.ended) control.beat();
  await until("it is answered or over", () => {
    return control.ended !== null || control.answers.length > before;
  });
}

test(
  "whatever a worker says of others' executions, nothing of theirs changes",
  async () => {
    const gateway = await startGateway();
    const others = [await honest(gateway), await honest(gateway)];
    const runIds = others.map(({ held }) => held.jobId);
    const before = await rowsOf(gateway, runIds);
    await fc.assert(
      fc.asyncProperty(fc.array(words, { minLength: 3, maxLength: 20 }), async (said) => {
        const liar = await gateway.readyWorker();
        await gateway.submit();
        const own: Held = await liar.control.command();
        for (const word of said) speak(liar, word, [own, ...others.map(({ held }) => held)]);
        await heardOut(liar);
        await gateway.hub.usageWriter.flush();
        liar.close();
        await Promise.all(others.map(({ worker }) => worker.control.beatUntilAnswered()));
        expect(await rowsOf(gateway, runIds)).toEqual(before);
        await gateway.query("delete from hodei.run where id <> all($1) and phase = 'Pending'", [
          runIds,
        ]);
      }),
      fuzzed(8),
    );
    expect(gateway.logLines.filter((line) => /"level":[56]0/.test(line))).toEqual([]);
    for (const { worker, held, logs } of others) {
      logs.write(held, 2, "still mine\n");
      expect(await logs.acknowledged(2)).toMatchObject({ refused: false });
      const resultId = worker.control.result(held, { logLastSeq: 2 });
      await worker.control.verdict(resultId);
      expect(await gateway.run(held.jobId)).toMatchObject({ phase: "Succeeded", attempts: 1 });
    }
  },
  fuzzTimeout(40_000),
);

test("a lie is refused with its reason in the log, and wakes nobody", async () => {
  const gateway = await startGateway();
  const { held } = await honest(gateway);
  const liar = await gateway.readyWorker();
  const wakes = gateway.wakes.length;
  liar.control.accept(held);
  for (let n = 0; n < 50; n += 1) liar.control.refuse(held);
  const logs = liar.openLogs();
  logs.write(held, 2, "not mine\n");
  expect(await logs.acknowledged(2)).toMatchObject({ refused: true });
  await liar.control.verdict(liar.control.result(held));
  const said = (message: string) =>
    gateway.logLines.filter((line) => line.includes(message) && line.includes(liar.workerId));
  // Each is a statement of its own: the last of them may be answered after the verdict.
  await until("every refusal was judged", () => said("refusal not applied").length >= 50);
  expect(gateway.wakes.length).toBe(wakes);
  expect(said("accept not applied")).toHaveLength(1);
  expect(said("refusal not applied")).toHaveLength(50);
  expect(said("result not applied")).toHaveLength(1);
  expect(said("output not stored")).toHaveLength(1);
});

test("heartbeats in floods, or that name a hundred thousand executions, delay nobody", async () => {
  const gateway = await startGateway();
  const { worker, held } = await honest(gateway);
  const liar = await gateway.readyWorker();
  const empty = { executionId: "", fence: 0 };
  const many = (of: HeldExecution) =>
    WorkerHeartbeat.fromPartial({ executions: Array<HeldExecution>(100_000).fill(of) });
  liar.control.say({ $case: "heartbeat", value: many(empty) });
  for (let n = 0; n < 20_000; n += 1) liar.control.beat();
  for (let n = 0; n < 5; n += 1) {
    const startedAt = performance.now();
    await worker.control.beatUntilAnswered([held]);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  }
  await heardOut(liar);
  liar.open();
  liar.control.say({ $case: "heartbeat", value: many({ executionId: randomUUID(), fence: 1 }) });
  expect(await liar.control.endCode()).toBe("RESOURCE_EXHAUSTED");
  await worker.control.beatUntilAnswered([held]);
});

test("streams opened and given up a thousand times, with a good credential, leave one session", async () => {
  const gateway = await startGateway();
  const { worker, held } = await honest(gateway);
  const liar = await gateway.readyWorker();
  for (let n = 0; n < 1_000; n += 1) {
    liar.open();
    if (n % 50 === 0) await worker.control.beatUntilAnswered([held]);
    liar.control.cancel();
  }
  liar.open();
  await until("the last one serves", async () => {
    if (liar.control.ended) liar.open();
    liar.control.beat();
    return liar.control.answers.length > 0;
  });
  expect(gateway.hub.sessions.size).toBe(2);
  await worker.control.beatUntilAnswered([held]);
});

test("the session of a worker that has left opens nothing", async () => {
  const gateway = await startGateway();
  const gone = await gateway.readyWorker();
  const { workerId } = gone;
  await gone.unregister();
  await gateway.store.endMachines([{ workerId, reason: "Gone", detail: null, attempt: null }]);
  await until("its stream is over", () => {
    gone.control.beat();
    return gone.control.ended !== null;
  });
  expect(await gone.open().endCode()).toBe("UNAUTHENTICATED");
  expect(gateway.hub.sessions.size).toBe(0);
});
