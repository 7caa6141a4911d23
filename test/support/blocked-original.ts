/**
 * A worker of the first generation on one CPU, in a thread of its own: from the command on the whole
 * thread stands still, with its timers, its sockets and its answers to HTTP/2 pings, until the test
 * lets it go (`workerData.released`, an Int32Array over shared memory, becomes 1).
 */
import { parentPort, workerData } from "node:worker_threads";
import { credentials, Metadata } from "@grpc/grpc-js";
import {
  JobResultMessage,
  RegisterWorkerRequest,
  type ServerMessage,
  WorkerAgentServiceClient,
  WorkerHeartbeat,
  WorkerInfo,
} from "#proto/hodei.ts";

interface Given {
  readonly port: number;
  readonly workerId: string;
  readonly token: string;
  readonly released: Int32Array;
}

const { port, workerId, token, released } = workerData as Given;
const client = new WorkerAgentServiceClient(`127.0.0.1:${port}`, credentials.createInsecure());
const request = RegisterWorkerRequest.fromPartial({
  authToken: token,
  workerInfo: WorkerInfo.fromPartial({ workerId: { value: workerId } }),
});

client.register(request, (error) => {
  if (error) throw error;
  const stream = client.workerStream(new Metadata());
  stream.on("error", (broken) => parentPort?.postMessage(`broken: ${broken.message}`));
  stream.on("data", ({ payload }: ServerMessage) => {
    if (payload?.$case !== "runJob") return;
    parentPort?.postMessage("runs");
    Atomics.wait(released, 0, 0);
    const { jobId } = payload.value;
    const value = { ...JobResultMessage.fromPartial({}), jobId, success: true };
    stream.write({ payload: { $case: "result", value } });
  });
  const value = WorkerHeartbeat.fromPartial({ workerId: { value: workerId } });
  stream.write({ payload: { $case: "heartbeat", value } });
});
