import { credentials } from "@grpc/grpc-js";
import { expect, onTestFinished, test } from "vitest";
import { JobDefinition, JobExecutionServiceClient, type QueueJobResponse } from "#proto/hodei.ts";
import { type GatewayFixture, startGateway } from "../../support/gateway-fixture.ts";
import { unary } from "../../support/scripted-worker.ts";

/** Submits over gRPC; answers the id. */
function submitter(gateway: GatewayFixture): () => Promise<string> {
  const address = `127.0.0.1:${gateway.port}`;
  const jobs = new JobExecutionServiceClient(address, credentials.createInsecure());
  onTestFinished(() => jobs.close());
  const jobDefinition = JobDefinition.fromPartial({ name: "warm", command: "true" });
  return async () => {
    const request = { jobDefinition, queuedBy: "tester" };
    const answer = await unary<QueueJobResponse>((callback) => jobs.queueJob(request, callback));
    return answer.jobId?.value ?? "";
  };
}

/** Both are written with the statement's one reading of the clock. */
const placedByItsSubmit = async (gateway: GatewayFixture, runId: string) => {
  const text = `select a.assigned_at = r.created_at as at_once from hodei.run r
    join hodei.attempt a on a.run_id = r.id where r.id = '${runId}'`;
  return (await gateway.query(text))[0]?.at_once === true;
};

test("a run is placed by its own submit while a worker here has nothing to do", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  const submit = submitter(gateway);
  await submit(); // whoever places this one: with its result the worker is known to be free
  await worker.control.verdict(worker.control.result(await worker.control.take(0)));
  for (const n of [1, 2]) {
    const runId = await submit();
    const command = await worker.control.take(n);
    expect(command.jobId).toBe(runId);
    expect(await placedByItsSubmit(gateway, runId)).toBe(true);
    await worker.control.verdict(worker.control.result(command));
    expect(await gateway.run(runId)).toMatchObject({ phase: "Succeeded", attempts: 1 });
  }
});

test("a worker that left behind the gateway's back is proposed in vain: the run waits for another", async () => {
  const gateway = await startGateway();
  const worker = await gateway.readyWorker();
  const submit = submitter(gateway);
  await submit();
  await worker.control.verdict(worker.control.result(await worker.control.take(0)));
  const { workerId } = worker;
  const end = { workerId, rule: "leaving" as const, reason: "Leaving", message: null, idleMs: 0 };
  await gateway.store.endWorkers([end]);
  const runId = await submit();
  expect(await gateway.run(runId)).toMatchObject({ phase: "Pending", attempts: 0 });
  const heir = await gateway.readyWorker();
  expect((await heir.control.take(0)).jobId).toBe(runId);
});
