import { credentials } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { AttemptEnd, JobExecutionServiceClient, ResultVerdict } from "#proto/hodei.ts";
import { type GatewayFixture, startGateway } from "../../support/gateway-fixture.ts";
import { statusOf, unary } from "../../support/scripted-worker.ts";

function cancelling(gateway: GatewayFixture) {
  const address = `127.0.0.1:${gateway.port}`;
  const client = new JobExecutionServiceClient(address, credentials.createInsecure());
  return (runId: string) =>
    unary((callback) =>
      client.cancelJob(
        { executionId: undefined, jobId: { value: runId }, reason: "enough" },
        callback,
      ),
    );
}

test("a waiting run is cancelled at once; again is harmless", async () => {
  const gateway = await startGateway();
  const cancel = cancelling(gateway);
  const runId = await gateway.submit();
  expect(await cancel(runId)).toMatchObject({ success: true, message: "Job cancelled" });
  expect(await gateway.run(runId)).toMatchObject({
    phase: "Cancelled",
    reason: "CancelledByUser",
    message: "enough",
  });
  expect(await cancel(runId)).toMatchObject({ success: true });
});

test("before its accept a run is over at once, its worker discards it and takes the next", async () => {
  const gateway = await startGateway();
  const cancel = cancelling(gateway);
  const worker = await gateway.readyWorker();
  const runId = await gateway.submit();
  const command = await worker.control.command();
  await cancel(runId);
  expect((await gateway.run(runId)).phase).toBe("Cancelled");
  const nextId = await gateway.submit();
  const next = await worker.control.command(1);
  expect(next.jobId).toBe(nextId);
  const kinds = worker.control.heard.map(({ $case }) => $case);
  expect(kinds.lastIndexOf("cancel")).toBeLessThan(kinds.lastIndexOf("runJob"));
  expect(worker.control.all("cancel")).toEqual([
    expect.objectContaining({
      jobId: runId,
      executionId: command.executionId,
      discard: true,
    }),
  ]);
  worker.control.accept(next);
  await worker.control.nth("start");
});

test("an accept that comes after the cancel is answered with discard, never with start", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  const runId = await gateway.submit();
  const command = await worker.control.command();
  await cancelling(gateway)(runId);
  worker.control.accept(command);
  expect(await worker.control.nth("cancel")).toMatchObject({
    executionId: command.executionId,
    discard: true,
  });
  const answer = await worker.control.beatUntilAnswered([command]);
  expect(answer).toMatchObject({ value: { lostExecutionIds: [command.executionId] } });
  expect(worker.control.all("start")).toEqual([]);
});

test("a running run is told to stop, and whatever its result says it is Cancelled", async () => {
  const gateway = await startGateway();
  const cancel = cancelling(gateway);
  const worker = await gateway.readyWorker();
  const runId = await gateway.submit({ backoffLimit: 3 });
  const command = await worker.control.take();
  expect(await cancel(runId)).toMatchObject({ message: "Job is being stopped" });
  expect(await worker.control.nth("cancel")).toMatchObject({
    jobId: runId,
    executionId: command.executionId,
    discard: false,
    force: false,
  });
  expect(await gateway.run(runId)).toMatchObject({ phase: "Running", stopping: true });
  const end = AttemptEnd.ATTEMPT_END_CANCELLED;
  const resultId = worker.control.result(command, { end, exitCode: 143, signal: "SIGTERM" });
  expect(await worker.control.verdict(resultId)).toBe(ResultVerdict.RESULT_VERDICT_ACCEPTED);
  expect(await gateway.run(runId)).toMatchObject({
    phase: "Cancelled",
    reason: "CancelledByUser",
    attempts: 1,
  });
});

test("a worker that was away when the cancel came hears of it on its new stream", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  const runId = await gateway.submit();
  const command = await worker.control.take();
  worker.control.cancel();
  await cancelling(gateway)(runId);
  const stream = worker.open();
  expect(await stream.nth("cancel")).toMatchObject({ executionId: command.executionId });
  await stream.verdict(stream.result(command));
  expect((await gateway.run(runId)).phase).toBe("Cancelled");
});

test("a finished run cannot be cancelled any more", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  const runId = await gateway.submit();
  await worker.control.verdict(worker.control.result(await worker.control.take()));
  expect(await statusOf(cancelling(gateway)(runId))).toBe("FAILED_PRECONDITION");
  expect((await gateway.run(runId)).phase).toBe("Succeeded");
});
