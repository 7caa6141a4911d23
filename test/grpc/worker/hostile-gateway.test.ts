import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RunJobCommand, type ServerMessage } from "#proto/hodei.ts";
import { fuzzed, fuzzTimeout, oddTexts } from "../../support/fuzz.ts";
import { eventually, type ScriptedGateway } from "./scripted-gateway.ts";
import { Stage, shell, type WorkerProcess } from "./worker-process.ts";

const stage = new Stage();
let gateway: ScriptedGateway;
let worker: WorkerProcess;

beforeEach(async () => {
  gateway = await stage.gateway();
  gateway.acknowledgeResults = true;
  worker = stage.worker(gateway);
  await gateway.connected();
});
afterEach(() => stage.destroy());

/** Still the same process, and it does what it is asked. */
async function expectServes(): Promise<void> {
  const executionId = randomUUID();
  await eventually(() => {
    gateway.run({ executionId, command: shell("printf fine") });
    if (!gateway.accepts.includes(executionId)) throw new Error("not accepted");
  });
  gateway.start(executionId);
  expect(await gateway.result(executionId)).toMatchObject({ exitCode: 0 });
  expect(gateway.text(executionId)).toBe("fine");
  expect(worker.child.exitCode).toBeNull();
}

const numbers = fc.oneof(
  fc.constantFrom(0, 1, -1, 2 ** 31, -(2 ** 31), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
  fc.integer(),
);
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
/** Texts that lead to no place outside the attempt's own directory. */
const places = oddTexts.filter((text) => !/[/\\]|\.\./.test(text));
const ids = fc.oneof(fc.uuid(), oddTexts, fc.constantFrom("..", "../../..", ".", "/", "a/b"));
const programs = fc.oneof(
  fc.constant(undefined),
  fc.record({
    $case: fc.constant("shell" as const),
    value: fc.record({
      cmd: fc.oneof(fc.constantFrom("true", "false", "", "/", "no such program"), places),
      args: fc.array(oddTexts, { maxLength: 3 }),
    }),
  }),
  fc.record({
    $case: fc.constant("script" as const),
    value: fc.record({
      interpreter: fc.oneof(fc.constantFrom("true", "cat", ""), places),
      content: oddTexts,
    }),
  }),
);
const commands = fc
  .record({
    ...{ executionId: ids, jobId: oddTexts, jobName: oddTexts, workingDir: places },
    ...{ fence: numbers, attempt: int32, timeoutMs: numbers, deadlineMs: numbers },
    ...{ graceMs: fc.constantFrom(0, 1, -1, 2 ** 31 - 1), logBytesMax: numbers },
    ...{ parametersJson: oddTexts, stdin: fc.option(oddTexts, { nil: undefined }) },
    env: fc.dictionary(oddTexts, oddTexts, { maxKeys: 4 }),
    command: programs.map((commandType) => ({ commandType })),
  })
  .map((parts) => RunJobCommand.fromPartial(parts as Partial<RunJobCommand>));

type Payload = NonNullable<ServerMessage["payload"]>;

const others: fc.Arbitrary<Payload> = fc.oneof(
  fc
    .record({ executionId: ids, fence: numbers })
    .map((value) => ({ $case: "start", value }) as Payload),
  fc
    .record({ executionId: ids, jobId: oddTexts, force: fc.boolean(), discard: fc.boolean() })
    .map((value) => ({ $case: "cancel", value }) as Payload),
  fc
    .record({ executionId: ids, resultId: oddTexts, verdict: fc.constantFrom(0, 1, 2, 3) })
    .map((value) => ({ $case: "resultAck", value }) as Payload),
  fc
    .record({
      leaseMs: fc.integer({ min: 45_000, max: 2 ** 31 - 1 }),
      lostExecutionIds: fc.array(ids, { maxLength: 5 }),
    })
    .map((value) => ({ $case: "heartbeatAck", value }) as Payload),
);

test(
  "odd commands and messages are answered or passed over, and the worker goes on",
  async () => {
    await fc.assert(
      fc.asyncProperty(commands, fc.array(others, { maxLength: 5 }), async (command, said) => {
        await gateway.connected();
        gateway.say({ $case: "runJob", value: command });
        for (const payload of said) gateway.say(payload);
        gateway.say({
          $case: "start",
          value: { executionId: command.executionId, fence: command.fence },
        });
        const about = { jobId: "", executionId: command.executionId };
        gateway.say({ $case: "cancel", value: { ...about, force: true, discard: true } });
      }),
      fuzzed(40),
    );
    await expectServes();
    expect(worker.log).not.toMatch(/"level":"?(fatal|60)/);
  },
  fuzzTimeout(30_000),
);

test(
  "odd commands that are executed have a result, whatever it is",
  async () => {
    await fc.assert(
      fc.asyncProperty(commands, fc.uuid(), async (odd, executionId) => {
        await gateway.execute({ ...odd, executionId, fence: 1, timeoutMs: 0, deadlineMs: 0 });
        await gateway.result(executionId);
      }),
      fuzzed(12),
    );
    await expectServes();
  },
  fuzzTimeout(30_000),
);

test("a process sees the environment that was submitted, to the byte", async () => {
  const values = fc.sample(
    oddTexts.map((text) => text.replaceAll("\0", "").toWellFormed().slice(0, 8_000)),
    { numRuns: 40, seed: 1 },
  );
  const env = Object.fromEntries([
    ...values.map((value, n) => [`V${n}`, value]),
    ...["A B", "a.b", "x-y", "0", 'Q"', "$HOME", "%s", "constructor", "toString"].map((name) => [
      name,
      "as it is\n\u0001\u007f\u001b[0m",
    ]),
  ]) as Record<string, string>;
  const executionId = randomUUID();
  // Without a shell: some keep to themselves what no variable of theirs could be called.
  const value = { cmd: "cat", args: ["/proc/self/environ"] };
  const reading = { commandType: { $case: "shell" as const, value } };
  await gateway.execute({ executionId, env, command: reading });
  await gateway.result(executionId);
  const seen = new Map(
    gateway
      .output(executionId)
      .toString("utf8")
      .split("\0")
      .map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );
  for (const [name, value] of Object.entries(env)) expect(seen.get(name), name).toBe(value);
});
