import { expect, onTestFinished, test } from "vitest";
import { drain } from "../../../gateway/drain.ts";
import { startGateway } from "../../support/gateway-fixture.ts";
import {
  acknowledge,
  beatNaming,
  cancelJob,
  endTroubled,
  fieldNumbers,
  laterFarewell,
  laterRegistration,
  laterWorker,
  sayBatch,
  sayGoodbye,
  sayLine,
  sayResult,
  storedLines,
} from "../../support/original-peers.ts";
import { ScriptedWorker, statusOf } from "../../support/scripted-worker.ts";
import { until } from "../../support/until.ts";

/** The worker of the original's later generation, trap by trap. */

/** The same worker on a new connection, registered with its session and its used token. */
async function returned(port: number, worker: ScriptedWorker, sessionId: string) {
  const back = new ScriptedWorker(port, worker);
  onTestFinished(() => back.close());
  const answer = await back.register(laterRegistration(worker.workerId, sessionId));
  expect(answer).toMatchObject({ success: true, sessionId });
  expect(answer.workerId).toEqual({ value: worker.workerId }); // it adopts what it is answered
  return back;
}

test("it acknowledges its command with job-<id>, sends output in batches, and each line is kept once", async () => {
  const gateway = await startGateway();
  const { worker } = await laterWorker(gateway);
  const runId = await gateway.submit();
  const { jobId } = await worker.control.command();
  acknowledge(worker, jobId);
  const lines = Array.from({ length: 250 }, (_, n) => `line ${n}`);
  sayBatch(worker.control, jobId, lines.slice(0, 100));
  sayBatch(worker.control, jobId, lines.slice(100, 200));
  sayBatch(worker.control, jobId, lines.slice(200));
  sayResult(worker.control, jobId);
  await gateway.runBecomes(runId, "Succeeded");
  expect(await storedLines(gateway, runId)).toEqual(lines);
});

test("the gateway restarts while a job runs: a result it kept, sent before any heartbeat, counts once", async () => {
  const gateway = await startGateway();
  const { worker, sessionId } = await laterWorker(gateway);
  const runId = await gateway.submit();
  await worker.control.command();
  worker.close();
  const next = await startGateway({ database: gateway.database });
  const back = await returned(next.port, worker, sessionId);
  const stream = back.openAsOriginal();
  sayResult(stream, runId, { exitCode: 5 });
  await stream.beatUntilAnswered();
  expect(await next.runBecomes(runId, "Failed")).toMatchObject({ exitCode: 5, attempts: 1 });
  sayResult(stream, runId);
  await stream.beatUntilAnswered();
  expect((await next.run(runId)).phase).toBe("Failed");
  expect(await next.workerRow(worker.workerId)).toMatchObject({ phase: "Ready", run_id: null });
});

test("what is said before a heartbeat is bounded, and lost with a stream that never says who it is", async () => {
  const gateway = await startGateway();
  const { worker } = await laterWorker(gateway);
  const runId = await gateway.submit();
  await worker.control.command();
  const nobody = new ScriptedWorker(gateway.port, worker);
  onTestFinished(() => nobody.close());
  const stream = nobody.openAsOriginal();
  for (let n = 0; n < 32; n += 1) sayResult(stream, runId);
  expect(await stream.endCode()).toBe("INVALID_ARGUMENT");
  await worker.control.beatUntilAnswered();
  expect((await gateway.run(runId)).phase).toBe("Running");
});

test("the connection breaks and the job goes on: named in heartbeats it is kept, reported in the end", async () => {
  const gateway = await startGateway();
  const { worker, sessionId } = await laterWorker(gateway);
  const runId = await gateway.submit();
  await worker.control.command();
  worker.close();
  const back = await returned(gateway.port, worker, sessionId);
  back.openAsOriginal();
  beatNaming(back, runId);
  await until("acknowledged", () => back.control.answers.length === 1);
  await gateway.query("update hodei.attempt set reported_at = reported_at - interval '1 h'");
  beatNaming(back, runId);
  await until("acknowledged", () => back.control.answers.length === 2);
  expect(await endTroubled(gateway)).toEqual([]);
  sayResult(back.control, runId);
  expect(await gateway.runBecomes(runId, "Succeeded")).toMatchObject({ attempts: 1 });
});

test("a command, or a result, that was lost on the way: what no heartbeat names is given to another", async () => {
  const gateway = await startGateway({ timings: { heartbeatPeriodMs: 100, leaseMs: 45_000 } });
  const { worker, sessionId } = await laterWorker(gateway);
  const runId = await gateway.submit();
  await worker.control.command();
  worker.close();
  const back = await returned(gateway.port, worker, sessionId);
  back.openAsOriginal();
  beatNaming(back);
  await until("acknowledged", () => back.control.answers.length === 1);
  await gateway.query("update hodei.attempt set reported_at = reported_at - interval '1 h'");
  const { last_heartbeat_at: before } = await gateway.workerRow(worker.workerId);
  await until("its silence is made up for", async () => {
    const { last_heartbeat_at: now } = await gateway.workerRow(worker.workerId);
    return Number(now) > Number(before);
  });
  expect(await endTroubled(gateway)).toMatchObject([{ runId, attemptPhase: "Lost" }]);
  expect((await gateway.run(runId)).phase).toBe("Pending");
});

test("the stream alone is ended: it registers and streams again on the same connection", async () => {
  const gateway = await startGateway();
  const { worker, sessionId } = await laterWorker(gateway);
  gateway.hub.sessions.get(worker.workerId)?.outbox.end();
  await worker.control.end();
  await worker.register(laterRegistration(worker.workerId, sessionId));
  await worker.openAsOriginal().beatUntilAnswered();
  const runId = await gateway.submit();
  expect((await worker.control.command()).jobId).toBe(runId);
});

test("a session that is not its own is refused each time it asks, and it may ask for ever", async () => {
  const gateway = await startGateway();
  const { worker, sessionId } = await laterWorker(gateway);
  const stranger = new ScriptedWorker(gateway.port, worker);
  onTestFinished(() => stranger.close());
  for (let n = 0; n < 5; n += 1)
    expect(
      await statusOf(stranger.register(laterRegistration(worker.workerId, `sess_invented_${n}`))),
    ).toBe("UNAUTHENTICATED");
  expect(await statusOf(worker.register(laterRegistration(worker.workerId, sessionId)))).toBe("OK");
});

test("whole seconds, never less than one: it divides by 1000 and 0 is a timeout at once", async () => {
  const gateway = await startGateway();
  const { worker } = await laterWorker(gateway);
  await gateway.submit({ attemptTimeoutSeconds: 2, activeDeadlineSeconds: 1 });
  expect((await worker.control.command()).timeoutMs).toBe(2_000);
});

test("its timeout ends the job with a text, which is understood, and with no line lost", async () => {
  const gateway = await startGateway();
  const { worker } = await laterWorker(gateway);
  const runId = await gateway.submit({ attemptTimeoutSeconds: 1 });
  await worker.control.command();
  acknowledge(worker, runId);
  sayBatch(worker.control, runId, ["before"]);
  sayResult(worker.control, runId, { exitCode: -1, errorMessage: "TIMEOUT: after 1 s" });
  await gateway.runBecomes(runId, "Failed");
  expect((await gateway.reader.attempts(runId))[0]).toMatchObject({ failure: "timeout" });
  expect(await storedLines(gateway, runId)).toEqual(["before"]);
});

test("told to cancel it drops the job and sends no result: the run ends, its machine goes", async () => {
  const gateway = await startGateway({ timings: { stopMarginMs: 0 } });
  const { worker } = await laterWorker(gateway);
  const runId = await gateway.submit({ terminationGracePeriodSeconds: 0 });
  await worker.control.command();
  acknowledge(worker, runId);
  await cancelJob(gateway, runId);
  expect(await worker.control.nth("cancel")).toMatchObject({ jobId: runId });
  beatNaming(worker);
  expect(await endTroubled(gateway)).toMatchObject([{ runId, phase: "Cancelled" }]);
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({ phase: "Terminating" });
});

test("idle for long it terminates itself: takes no more, ends its stream, says goodbye, is gone", async () => {
  const gateway = await startGateway();
  const { worker } = await laterWorker(gateway);
  worker.control.say({
    $case: "selfTerminate",
    value: {
      workerId: worker.workerId,
      lastJobId: "",
      expectedCleanupMs: 30_000,
      actualWaitMs: 30_000,
      reason: "idle",
    },
  });
  worker.control.call.end();
  expect(await worker.control.endCode()).toBe("OK");
  const runId = await gateway.submit();
  gateway.hub.placing.poke();
  const answer = await sayGoodbye(worker, laterFarewell(worker.workerId));
  expect(fieldNumbers(answer)).toEqual([1, 2]);
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({ phase: "Terminating" });
  expect((await gateway.run(runId)).phase).toBe("Pending");
});

test("it terminates itself while it holds a job: the result still counts", async () => {
  const gateway = await startGateway();
  const { worker } = await laterWorker(gateway);
  const runId = await gateway.submit();
  await worker.control.command();
  worker.control.say({
    $case: "selfTerminate",
    value: {
      workerId: worker.workerId,
      lastJobId: runId,
      expectedCleanupMs: 0,
      actualWaitMs: 0,
      reason: "idle",
    },
  });
  sayLine(worker.control, runId, "last words");
  sayResult(worker.control, runId);
  await gateway.runBecomes(runId, "Succeeded");
  expect(await storedLines(gateway, runId)).toEqual(["last words"]);
  expect((await gateway.workerRow(worker.workerId)).phase).not.toBe("Ready");
});

test("a gateway that leaves ends its stream and refuses it: it asks again later, elsewhere", async () => {
  const gateway = await startGateway();
  const { worker, sessionId } = await laterWorker(gateway);
  const busy = await laterWorker(gateway);
  const runId = await gateway.submit();
  const holder = await Promise.race(
    [worker, busy.worker].map((one) => one.control.command().then(() => one)),
  );
  const idle = holder === worker ? busy : { worker, sessionId };
  const leaving = drain(gateway.hub, gateway.server);
  expect(await idle.worker.control.endCode()).toBe("OK");
  const again = laterRegistration(idle.worker.workerId, idle.sessionId);
  expect(await statusOf(idle.worker.register(again))).toBe("UNAVAILABLE");
  sayResult(holder.control, runId);
  await leaving;
  expect((await gateway.run(runId)).phase).toBe("Succeeded");
});
