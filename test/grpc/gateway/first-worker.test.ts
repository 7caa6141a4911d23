import { status } from "@grpc/grpc-js";
import { expect, onTestFinished, test } from "vitest";
import type { RunDetail } from "#core/ports/run-reader.ts";
import { startGateway } from "../../support/gateway-fixture.ts";
import {
  cancelJob,
  endTroubled,
  fieldNumbers,
  firstFarewell,
  firstRegistration,
  firstWorker,
  sayGoodbye,
  sayLine,
  sayResult,
  storedLines,
} from "../../support/original-peers.ts";
import { ScriptedWorker, statusOf } from "../../support/scripted-worker.ts";
import { until } from "../../support/until.ts";

/** The worker of the original's first generation, trap by trap; silence: silent-original.test.ts. */

test("it registers, is answered headers before any message, beats once, and is Ready", async () => {
  const gateway = await startGateway();
  const worker = await gateway.worker();
  const answer = await worker.register(firstRegistration(worker.workerId));
  expect(answer).toMatchObject({ success: true, workerId: { value: worker.workerId } });
  const stream = worker.openAsOriginal();
  let headers = false;
  stream.call.on("metadata", () => {
    headers = true;
  });
  await until("headers", () => headers);
  expect(await stream.beatUntilAnswered()).toMatchObject({
    $case: "ack",
    value: { success: true },
  });
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({ phase: "Ready" });
});

test("a wrong, foreign, reused or expired token is UNAUTHENTICATED, and so is none", async () => {
  const gateway = await startGateway();
  const [worker, other] = [await gateway.worker(), await gateway.worker()];
  const registering = (who: ScriptedWorker, authToken: string) =>
    statusOf(who.register({ ...firstRegistration(who.workerId), authToken }));
  for (const token of ["wrong", other.token, "", "dev-token"])
    expect(await registering(worker, token)).toBe("UNAUTHENTICATED");
  expect(await registering(worker, worker.token)).toBe("OK");
  expect(await registering(worker, worker.token)).toBe("UNAUTHENTICATED");
  await gateway.query(
    "update hodei.worker set token_expires_at = hodei.clock() - interval '1 s' where id = $1",
    [other.workerId],
  );
  expect(await registering(other, other.token)).toBe("UNAUTHENTICATED");
});

test("no worker id, an empty one and one that is no UUID are INVALID_ARGUMENT", async () => {
  const gateway = await startGateway();
  const worker = await gateway.worker();
  for (const workerId of ["", "worker-1"])
    expect(await statusOf(worker.register(firstRegistration(workerId)))).toBe("INVALID_ARGUMENT");
});

test("its command is sent once, however often is looked: it runs a repeat a second time", async () => {
  const gateway = await startGateway();
  const worker = await firstWorker(gateway);
  const runId = await gateway.submit();
  await worker.control.command();
  for (let n = 0; n < 3; n += 1) {
    gateway.hub.dispatching.poke();
    await worker.control.beatUntilAnswered();
  }
  expect(worker.control.all("runJob")).toHaveLength(1);
  expect(worker.control.all("start")).toEqual([]);
  sayResult(worker.control, runId);
  await gateway.runBecomes(runId, "Succeeded");
});

test("it would run any number at once: it is sent one at a time", async () => {
  const gateway = await startGateway();
  const worker = await firstWorker(gateway);
  const first = await gateway.submit();
  await worker.control.command();
  const second = await gateway.submit();
  await worker.control.beatUntilAnswered();
  expect((await gateway.run(second)).phase).toBe("Pending");
  sayResult(worker.control, first);
  expect((await worker.control.command(1)).jobId).toBe(second);
});

test("the start line, its output and its error output are kept in order, each line once", async () => {
  const gateway = await startGateway();
  const { control } = await firstWorker(gateway);
  const runId = await gateway.submit({ command: ["seq", "300"] });
  await control.command();
  const lines = ['Starting: seq ["300"]', ...Array.from({ length: 300 }, (_, n) => `${n + 1}`)];
  for (const line of lines) sayLine(control, runId, line);
  sayLine(control, runId, "seq: done", true);
  sayResult(control, runId);
  await gateway.runBecomes(runId, "Succeeded");
  expect(await storedLines(gateway, runId)).toEqual([...lines, "seq: done"]);
});

const OUTCOMES: readonly {
  how: string;
  said: { exitCode: number; errorMessage?: string };
  phase: RunDetail["phase"];
  attempt: object;
}[] = [
  { how: "exit 0", said: { exitCode: 0 }, phase: "Succeeded", attempt: { failure: null } },
  {
    how: "exit 3, without a word",
    said: { exitCode: 3 },
    phase: "Failed",
    attempt: { failure: "app", exitCode: 3 },
  },
  {
    how: "killed by a signal, which reads -1",
    said: { exitCode: -1 },
    phase: "Failed",
    attempt: { failure: "app", exitCode: -1 },
  },
  {
    how: "a missing program or directory",
    said: { exitCode: -1, errorMessage: "No such file or directory (os error 2)" },
    phase: "Failed",
    attempt: { exitCode: -1, message: "No such file or directory (os error 2)" },
  },
];
test.each(OUTCOMES)("its result of $how is recorded", async ({ said, phase, attempt }) => {
  const gateway = await startGateway();
  const { control } = await firstWorker(gateway);
  const runId = await gateway.submit();
  await control.command();
  sayResult(control, runId, said);
  await gateway.runBecomes(runId, phase);
  expect((await gateway.reader.attempts(runId))[0]).toMatchObject(attempt);
});

test("neither timeout nor directory can do harm: at least a second, and none means its own", async () => {
  const gateway = await startGateway();
  const { control } = await firstWorker(gateway);
  await gateway.submit({ activeDeadlineSeconds: 1 });
  const { timeoutMs, workingDir } = await control.command();
  expect(timeoutMs).toBe(1_000);
  expect(workingDir).toBe("");
});

test("a result said twice, and one of another worker's job, change nothing", async () => {
  const gateway = await startGateway();
  const [one, two] = [await firstWorker(gateway), await firstWorker(gateway)];
  const runs = [await gateway.submit(), await gateway.submit()];
  const [first, second] = [await one.control.command(), await two.control.command()];
  expect(new Set([first.jobId, second.jobId])).toEqual(new Set(runs));
  sayResult(one.control, second.jobId, { exitCode: 9 });
  await one.control.beatUntilAnswered();
  expect((await gateway.run(second.jobId)).phase).toBe("Running");
  sayResult(one.control, first.jobId);
  sayResult(one.control, first.jobId, { exitCode: 1 });
  await gateway.runBecomes(first.jobId, "Succeeded");
  await one.control.beatUntilAnswered();
  expect(await gateway.run(first.jobId)).toMatchObject({ phase: "Succeeded", attempts: 1 });
  expect(await gateway.workerRow(one.workerId)).toMatchObject({ phase: "Ready" });
});

test("it ignores a cancel: whatever it says later, the run is Cancelled and the worker free", async () => {
  const gateway = await startGateway();
  const worker = await firstWorker(gateway);
  const runId = await gateway.submit();
  await worker.control.command();
  await cancelJob(gateway, runId);
  expect(await worker.control.nth("cancel")).toMatchObject({ jobId: runId });
  sayResult(worker.control, runId);
  expect(await gateway.runBecomes(runId, "Cancelled")).toMatchObject({ attempts: 1 });
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({ phase: "Ready", run_id: null });
});

test("when it says nothing after a cancel the run ends all the same, and its machine goes", async () => {
  const gateway = await startGateway({ timings: { stopMarginMs: 0 } });
  const worker = await firstWorker(gateway);
  const runId = await gateway.submit({ terminationGracePeriodSeconds: 0 });
  await worker.control.command();
  await cancelJob(gateway, runId);
  expect(await endTroubled(gateway)).toMatchObject([{ runId, phase: "Cancelled" }]);
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({
    phase: "Terminating",
    reason: "StopOverdue",
  });
  sayResult(worker.control, runId);
  await worker.control.beatUntilAnswered();
  expect((await gateway.run(runId)).phase).toBe("Cancelled");
});

test("when its stream is ended by the gateway it says goodbye, is heard, and exits with 0", async () => {
  const gateway = await startGateway();
  const worker = await firstWorker(gateway);
  gateway.hub.sessions.get(worker.workerId)?.outbox.end();
  expect(await worker.control.endCode()).toBe("OK");
  const answer = await sayGoodbye(worker, firstFarewell(worker.workerId));
  expect(answer.subarray(0, 2)).toEqual(Buffer.from([0x08, 0x01])); // success
  expect(fieldNumbers(answer)).toEqual([1, 2]); // 3 is a message to it, a number to the later one
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({
    phase: "Terminating",
    reason: "Unregistered",
  });
});

test("when it is interrupted it drops its stream first, says goodbye, and is heard", async () => {
  const gateway = await startGateway();
  const worker = await firstWorker(gateway);
  worker.control.cancel();
  await until("the stream is over", () => gateway.hub.sessions.get(worker.workerId) === undefined);
  await sayGoodbye(worker, firstFarewell(worker.workerId));
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({ phase: "Terminating" });
});

test("nobody says goodbye for it from another connection, before or after its stream ends", async () => {
  const gateway = await startGateway();
  const worker = await firstWorker(gateway);
  const stranger = new ScriptedWorker(gateway.port, worker);
  onTestFinished(() => stranger.close());
  const refused = () =>
    sayGoodbye(stranger, firstFarewell(worker.workerId)).catch(({ code }) => status[code]);
  expect(await refused()).toBe("UNAUTHENTICATED");
  worker.control.cancel();
  await until("the stream is over", () => gateway.hub.sessions.get(worker.workerId) === undefined);
  expect(await refused()).toBe("UNAUTHENTICATED");
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({ phase: "Ready" });
});

test("after its stream is over its connection binds no other: it must register again", async () => {
  const gateway = await startGateway();
  const worker = await firstWorker(gateway);
  worker.control.cancel();
  await until("the stream is over", () => gateway.hub.sessions.get(worker.workerId) === undefined);
  const again = worker.openAsOriginal();
  again.beat();
  expect(await again.endCode()).toBe("UNAUTHENTICATED");
});

test("killed while it runs a job: the job is queued again when the lease is over, its row not Ready", async () => {
  const gateway = await startGateway();
  const worker = await firstWorker(gateway);
  const runId = await gateway.submit();
  await worker.control.command();
  worker.close();
  await until("the stream is over", () => gateway.hub.sessions.get(worker.workerId) === undefined);
  expect(await endTroubled(gateway)).toEqual([]); // it may be back within its lease
  await gateway.query("update hodei.worker set lease_expires_at = hodei.clock()");
  expect(await endTroubled(gateway)).toMatchObject([{ runId, attemptPhase: "Lost" }]);
  expect(await gateway.run(runId)).toMatchObject({ phase: "Pending", attempts: 1 });
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({ phase: "Terminating" });
});
