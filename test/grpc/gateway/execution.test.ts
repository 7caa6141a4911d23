import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { AttemptEnd, ResultVerdict } from "#proto/hodei.ts";
import { startGateway } from "../../support/gateway-fixture.ts";
import { until } from "../../support/until.ts";

const { RESULT_VERDICT_ACCEPTED, RESULT_VERDICT_DUPLICATE, RESULT_VERDICT_FENCED } = ResultVerdict;

test("a run goes to a ready worker, starts after the commit, and ends with its result", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  const runId = await gateway.submit({
    name: "greet",
    command: ["echo", "hello world"],
    env: { WHO: "me" },
    workingDir: "/srv",
    attemptTimeoutSeconds: 30,
    terminationGracePeriodSeconds: 7,
  });
  const command = await worker.control.command();
  expect(command).toMatchObject({
    jobId: runId,
    jobName: "greet",
    command: { commandType: { $case: "shell", value: { cmd: "echo", args: ["hello world"] } } },
    env: { WHO: "me" },
    workingDir: "/srv",
    timeoutMs: 30_000,
    graceMs: 7_000,
    attempt: 1,
    fence: 1,
  });
  expect((await gateway.run(runId)).phase).toBe("Assigned");
  expect(worker.control.all("start")).toEqual([]);
  worker.control.accept(command);
  await worker.control.nth("start");
  expect((await gateway.run(runId)).phase).toBe("Running");
  const resultId = worker.control.result(command, { logLastSeq: 3 });
  expect(await worker.control.verdict(resultId)).toBe(RESULT_VERDICT_ACCEPTED);
  const run = await gateway.run(runId);
  expect(run).toMatchObject({ phase: "Succeeded", exitCode: 0, attempts: 1 });
  const [attempt] = await gateway.reader.attempts(runId);
  expect(attempt).toMatchObject({ executionId: command.executionId, logLastSeq: 3 });
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({ phase: "Ready" });
});

test("a run with no attempt timeout is sent with none", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  await gateway.submit();
  expect(await worker.control.command()).toMatchObject({ timeoutMs: 0 });
});

test("shell lines and scripts reach the worker in its own words", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  await gateway.submit({ shell: "echo $HOME | wc" });
  const first = await worker.control.take();
  expect(first.command?.commandType).toEqual({
    $case: "shell",
    value: { cmd: "/bin/sh", args: ["-c", "echo $HOME | wc"] },
  });
  worker.control.result(first);
  const script = { interpreter: "python3", content: "print(1)" };
  await gateway.submit({ script });
  const second = await worker.control.take(1);
  expect(second.command?.commandType).toEqual({ $case: "script", value: script });
});

test("every way an attempt can end is written down as it is", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  const ends = [
    [{ exitCode: 3 }, "Failed", "app", 3],
    [{ exitCode: 0, signal: "SIGSEGV", errorMessage: "signal" }, "Failed", "app", 0],
    [{ exitCode: 137, end: AttemptEnd.ATTEMPT_END_OUT_OF_MEMORY }, "Failed", "oom", 137],
    [{ end: AttemptEnd.ATTEMPT_END_TIMEOUT }, "Failed", "timeout", 0],
    [{ end: AttemptEnd.ATTEMPT_END_START_FAILED, exitCode: 127 }, "Failed", "app", 127],
    [{ exitCode: 0 }, "Succeeded", null, 0],
  ] as const;
  for (const [index, [change, phase, failure, exitCode]] of ends.entries()) {
    const runId = await gateway.submit();
    const command = await worker.control.take(index);
    await worker.control.verdict(worker.control.result(command, change));
    expect((await gateway.run(runId)).phase).toBe(phase);
    const [attempt] = await gateway.reader.attempts(runId);
    expect(attempt).toMatchObject({ failure, exitCode });
  }
});

test("a failed attempt is repeated with a higher fence while the budget lasts", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  const backoff = { initialSeconds: 0, maxSeconds: 1, factor: 1 };
  const runId = await gateway.submit({ backoffLimit: 1, backoff });
  const first = await worker.control.take();
  await worker.control.verdict(worker.control.result(first, { exitCode: 1 }));
  const second = await worker.control.take(1);
  expect(second).toMatchObject({ jobId: runId, fence: 2, attempt: 2 });
  expect(second.executionId).not.toBe(first.executionId);
  const late = worker.control.result(first, { exitCode: 0 });
  expect(await worker.control.verdict(late)).toBe(RESULT_VERDICT_FENCED);
  await worker.control.verdict(worker.control.result(second, { exitCode: 1 }));
  const run = await gateway.run(runId);
  expect(run).toMatchObject({ phase: "Failed", reason: "BackoffLimitExceeded", attempts: 2 });
});

test("a result is recorded once: again is DUPLICATE, another one is FENCED", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  const runId = await gateway.submit();
  const command = await worker.control.take();
  const { control } = worker;
  const resultId = control.result(command, { exitCode: 0 });
  expect(await control.verdict(resultId)).toBe(RESULT_VERDICT_ACCEPTED);
  control.result(command, { exitCode: 0, resultId });
  expect(await control.verdict(resultId, 1)).toBe(RESULT_VERDICT_DUPLICATE);
  const other = control.result(command, { exitCode: 9 });
  expect(await control.verdict(other)).toBe(RESULT_VERDICT_FENCED);
  expect(await gateway.run(runId)).toMatchObject({ phase: "Succeeded", exitCode: 0 });
});

test("one result said twice in one breath is recorded once", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  const runId = await gateway.submit();
  const command = await worker.control.take();
  const { control } = worker;
  const resultId = control.result(command);
  control.result(command, { resultId });
  const other = control.result(command, { exitCode: 5 });
  await control.verdict(resultId, 1);
  expect(await control.verdict(other)).toBe(RESULT_VERDICT_FENCED);
  expect(await gateway.run(runId)).toMatchObject({ phase: "Succeeded", attempts: 1 });
  const finished = (await gateway.reader.events(runId, 0, 100)).filter(
    ({ type }) => type === "Finished",
  );
  expect(finished).toHaveLength(1);
});

test("a result for an attempt that was never accepted changes nothing", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  const runId = await gateway.submit();
  const command = await worker.control.command();
  const early = worker.control.result(command);
  expect(await worker.control.verdict(early)).toBe(RESULT_VERDICT_FENCED);
  expect((await gateway.run(runId)).phase).toBe("Assigned");
});

test("a stranger's accept, result and refusal of another's execution change nothing", async () => {
  const gateway = await startGateway();
  const owner = await gateway.readyWorker();
  const runId = await gateway.submit();
  const command = await owner.control.command();
  const stranger = await gateway.readyWorker();
  stranger.control.accept(command);
  expect(await stranger.control.nth("cancel")).toMatchObject({
    executionId: command.executionId,
    discard: true,
  });
  stranger.control.refuse(command);
  expect(await stranger.control.verdict(stranger.control.result(command))).toBe(
    RESULT_VERDICT_FENCED,
  );
  expect((await gateway.run(runId)).phase).toBe("Assigned");
  expect(stranger.control.all("start")).toEqual([]);
  owner.control.accept(command);
  await owner.control.nth("start");
  expect(await stranger.control.verdict(stranger.control.result(command))).toBe(
    RESULT_VERDICT_FENCED,
  );
  expect(await gateway.run(runId)).toMatchObject({ phase: "Running", workerId: owner.workerId });
});

test("a stranger in the same gathered write neither takes nor spoils the owner's answer", async () => {
  const held: (() => void)[] = [];
  const holding = new Set<string>();
  const gateway = await startGateway({
    wrapSql: (sql) => ({
      query: async (statement, parameters) => {
        if (holding.has(statement.name)) await new Promise<void>((go) => held.push(go));
        return sql.query(statement, parameters);
      },
      close: () => sql.close(),
    }),
  });
  const owner = await gateway.readyWorker();
  const runId = await gateway.submit();
  const command = await owner.control.command();
  const first = await gateway.readyWorker();
  await gateway.submit();
  const opener = await first.control.command();
  const stranger = await gateway.readyWorker();

  /** While one write is held up, these two end in the next one together. */
  const together = async (statement: string, say: (() => void)[]) => {
    holding.add(statement);
    say[0]!();
    await until("the first write is held up", () => held.length > 0);
    for (const one of say.slice(1)) one();
    await stranger.control.beatUntilAnswered();
    await owner.control.beatUntilAnswered([command]);
    holding.delete(statement);
    for (const go of held.splice(0)) go();
  };

  await together("accept-attempts", [
    () => first.control.accept(opener),
    () => owner.control.accept(command),
    () => stranger.control.accept(command),
    () => owner.control.accept(command),
  ]);
  await owner.control.nth("start", 1);
  await stranger.control.nth("cancel");
  expect(stranger.control.all("start")).toEqual([]);

  let mine = "";
  let theirs = "";
  await together("record-results", [
    () => void first.control.result(opener),
    () => {
      mine = owner.control.result(command);
    },
    () => {
      theirs = stranger.control.result(command, { exitCode: 1 });
    },
  ]);
  expect(await owner.control.verdict(mine)).toBe(RESULT_VERDICT_ACCEPTED);
  expect(await stranger.control.verdict(theirs)).toBe(RESULT_VERDICT_FENCED);
  expect(await gateway.run(runId)).toMatchObject({ phase: "Succeeded", exitCode: 0 });
});

test("accepts and results with an old or invented fence count for nothing", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  const runId = await gateway.submit();
  const command = await worker.control.command();
  for (const fence of [0, 2, -1]) worker.control.accept({ ...command, fence });
  await worker.control.nth("cancel", 2);
  expect((await gateway.run(runId)).phase).toBe("Assigned");
  worker.control.accept(command);
  await worker.control.nth("start");
  const wrong = worker.control.result({ ...command, fence: 2 });
  expect(await worker.control.verdict(wrong)).toBe(RESULT_VERDICT_FENCED);
  expect((await gateway.run(runId)).phase).toBe("Running");
});

test("a result no row can hold as it is said is stored all the same, and acknowledged", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  const beside = await gateway.readyWorker();
  const [runId, besideId] = [await gateway.submit(), await gateway.submit()];
  const command = await worker.control.take();
  const fine = await beside.control.take();
  const errorMessage = `\u0000${"x".repeat(2046)}😀 and more`; // the cut goes through the pair
  const resultId = `${randomUUID()}-${"y".repeat(100)}\u0000`;
  const hostile = { exitCode: 1, errorMessage, resultId, signal: "\u0000" };
  worker.control.result(command, hostile);
  const other = beside.control.result(fine);
  expect(await worker.control.verdict(resultId)).toBe(RESULT_VERDICT_ACCEPTED);
  expect(await beside.control.verdict(other)).toBe(RESULT_VERDICT_ACCEPTED);
  worker.control.result(command, hostile);
  expect(await worker.control.verdict(resultId, 1)).toBe(RESULT_VERDICT_DUPLICATE);
  const phases = [(await gateway.run(runId)).phase, (await gateway.run(besideId)).phase].sort();
  expect(phases).toEqual(["Failed", "Succeeded"]);
});

test("a refused run waits again, free of charge, and goes to another worker", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  const runId = await gateway.submit();
  const command = await worker.control.command();
  const wakes = gateway.wakes.length;
  worker.control.refuse(command, "busy");
  const run = await gateway.runBecomes(runId, "Pending");
  expect(run.attempts).toBe(1);
  await until("the reconciler is asked", () => gateway.wakes.length > wakes);
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({ phase: "Draining" });
  const [attempt] = await gateway.reader.attempts(runId);
  expect(attempt).toMatchObject({ phase: "Returned", failure: "dispatch" });
  const other = await gateway.readyWorker();
  await other.control.verdict(other.control.result(await other.control.take()));
  expect((await gateway.run(runId)).phase).toBe("Succeeded");
});

test("a run that started cannot be refused any more", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  const runId = await gateway.submit();
  const command = await worker.control.take();
  worker.control.refuse(command);
  await worker.control.beatUntilAnswered([command]);
  await worker.control.verdict(worker.control.result(command));
  expect(await gateway.run(runId)).toMatchObject({ phase: "Succeeded", attempts: 1 });
});

test("a command nobody answers is sent again", { timeout: 30_000 }, async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  await gateway.submit();
  const first = await worker.control.command();
  const again = await worker.control.command(1);
  expect(again.executionId).toBe(first.executionId);
  worker.control.accept(again);
  await worker.control.nth("start");
});
