import { credentials } from "@grpc/grpc-js";
import { JobDefinition, JobExecutionServiceClient, type QueueJobRequest } from "#proto/hodei.ts";
import { StubWorker } from "../hodei/stub-worker.ts";
import type { Executor, ExecutorEvents, Submitter, System, Target } from "./system.ts";

/** Streams opened at once: each costs the gateway a registration. */
const ATTACHING_MAX = 32;

/** Submits by gRPC to the gateway; stub workers on streams of their own. */
export const hodeiGrpc: System = { submitter: grpcSubmitter, executor: stubWorkers };

async function grpcSubmitter({ grpcAddress }: Target): Promise<Submitter> {
  const client = new JobExecutionServiceClient(grpcAddress, credentials.createInsecure());
  return {
    one: () =>
      new Promise<string>((resolve, reject) =>
        client.queueJob(REQUEST, (error, response) =>
          error ? reject(error) : resolve(response.jobId?.value ?? ""),
        ),
      ),
    many: (count) =>
      new Promise<void>((resolve, reject) =>
        client.queueJobs({ jobs: Array(count).fill(REQUEST) }, (error) =>
          error ? reject(error) : resolve(),
        ),
      ),
    close: async () => client.close(),
  };
}

const REQUEST: QueueJobRequest = {
  jobDefinition: JobDefinition.fromPartial({ name: "noop", command: "/bin/true" }),
  queuedBy: "bench",
};

export async function stubWorkers(
  { grpcAddress, workers, habits }: Target,
  { onSent, onFinished }: ExecutorEvents,
): Promise<Executor> {
  const events = { onSent, onStarted: () => {}, onRecorded: onFinished };
  const stubs = workers.map((launched) => new StubWorker(grpcAddress, launched, events, habits));
  for (let at = 0; at < stubs.length; at += ATTACHING_MAX)
    await Promise.all(stubs.slice(at, at + ATTACHING_MAX).map((stub) => stub.attach()));
  return {
    start: async () => void (await Promise.all(stubs.map((stub) => stub.beat()))),
    close: async () => {
      for (const stub of stubs) stub.close();
    },
  };
}
