import { credentials } from "@grpc/grpc-js";
import { onTestFinished } from "vitest";
import { endAll } from "#core/application/end-troubled.ts";
import type { EndedAttempt } from "#core/ports/control-store.ts";
import {
  JobExecutionServiceClient,
  type JobResultMessage,
  type RegisterWorkerRequest,
  WorkerInfo,
  WorkerStatus,
} from "#proto/hodei.ts";
import type { GatewayFixture } from "./gateway-fixture.ts";
import { type ControlPeer, type ScriptedWorker, unary } from "./scripted-worker.ts";

/** What the first generation's worker sends to `Register`, field by field. */
export const firstRegistration = (workerId: string): Partial<RegisterWorkerRequest> => ({
  ...{ protocolVersion: 0, sessionSha256: "", sessionId: "" },
  workerInfo: WorkerInfo.fromPartial({
    workerId: { value: workerId },
    name: "Docker Worker on host",
    version: "0.1.0",
    hostname: "host",
    ipAddress: "127.0.0.1",
    osInfo: "linux x86_64",
    architecture: "x86_64",
    capacity: { cpuCores: 1, memoryBytes: 8 * 1024 ** 3, diskBytes: 100 * 1024 ** 3 },
    capabilities: ["docker", "shell"],
  }),
});

/** What the later one sends: its job, its start, only `shell`; the session it had, when it returns. */
export const laterRegistration = (
  workerId: string,
  sessionId = "",
): Partial<RegisterWorkerRequest> => {
  const first = firstRegistration(workerId);
  const workerInfo = WorkerInfo.fromPartial(first.workerInfo ?? {});
  return {
    ...first,
    sessionId,
    jobId: "",
    workerInfo: { ...workerInfo, capabilities: ["shell"], osInfo: "linux", startTime: new Date() },
  };
};

/** A worker of the first generation whose first heartbeat was acknowledged. */
export async function firstWorker(gateway: GatewayFixture): Promise<ScriptedWorker> {
  const worker = await gateway.worker();
  await worker.register(firstRegistration(worker.workerId));
  await worker.openAsOriginal().beatUntilAnswered();
  return worker;
}

/** A worker of the later generation, and the session id with which it would return. */
export async function laterWorker(
  gateway: GatewayFixture,
): Promise<{ worker: ScriptedWorker; sessionId: string }> {
  const worker = await gateway.worker();
  const { sessionId } = await worker.register(laterRegistration(worker.workerId));
  await worker.openAsOriginal().beatUntilAnswered();
  return { worker, sessionId };
}

/** The heartbeat of the later generation: always "available", and it names its jobs. */
export function beatNaming(worker: ScriptedWorker, ...runningJobIds: string[]): void {
  const value = {
    workerId: { value: worker.workerId },
    status: WorkerStatus.WORKER_STATUS_AVAILABLE,
    usage: { cpuCores: 0.1, memoryBytes: 1, diskBytes: 1, gpuCount: 0, customUsage: {} },
    activeJobs: runningJobIds.length,
    runningJobIds,
    timestamp: new Date(),
    droppedLogs: 0,
    executions: [],
  };
  worker.control.say({ $case: "heartbeat", value });
}

/** What the later generation answers to a command. */
export function acknowledge(worker: ScriptedWorker, jobId: string): void {
  const value = { messageId: `job-${jobId}`, success: true, workerId: worker.workerId };
  worker.control.say({ $case: "ack", value });
}

type Outcome = Partial<Pick<JobResultMessage, "exitCode" | "errorMessage">>;

/** A result as both generations say it: no execution, no fence, no id of its own. */
export function sayResult(control: ControlPeer, jobId: string, outcome: Outcome = {}): void {
  const { exitCode = 0, errorMessage = "" } = outcome;
  control.result(
    { jobId, executionId: "", fence: 0 },
    {
      ...{ executionId: "", fence: 0, resultId: "", end: 0 },
      ...{ exitCode, errorMessage, success: exitCode === 0, completedAt: new Date() },
    },
  );
}

export const sayLine = (control: ControlPeer, jobId: string, line: string, isStderr = false) =>
  control.say({ $case: "log", value: { jobId, line, isStderr, timestamp: new Date() } });

export const sayBatch = (control: ControlPeer, jobId: string, lines: readonly string[]) =>
  control.say({
    $case: "logBatch",
    value: {
      jobId,
      entries: lines.map((line) => ({ jobId, line, isStderr: false, timestamp: new Date() })),
    },
  });

/** `UnregisterWorker` on the worker's own connection, in the very bytes; answers the answer's. */
export function sayGoodbye(worker: ScriptedWorker, bytes: Buffer): Promise<Buffer> {
  const path = "/hodei.WorkerAgentService/UnregisterWorker";
  const asIs = (given: Buffer) => given;
  return unary((callback) =>
    worker.client.makeUnaryRequest(path, asIs, asIs, bytes, callback as never),
  );
}

/** Numbers of the fields that a message holds; all of them short, as a farewell's are. */
export function fieldNumbers(message: Buffer): number[] {
  const numbers: number[] = [];
  for (let at = 0; at < message.length; ) {
    const key = message[at] ?? 0;
    numbers.push(key >> 3);
    at += (key & 7) === 2 ? 2 + (message[at + 1] ?? 0) : 2;
  }
  return numbers;
}

/** The farewell of the first generation: its reason, a text, stands at number 2. */
export const firstFarewell = (workerId: string): Buffer =>
  Buffer.concat([workerIdField(workerId), Buffer.from("\u0012\u0008Shutdown")]);

/** Of the later one: a flag at number 2, here set, and the reason at 3. */
export const laterFarewell = (workerId: string): Buffer =>
  Buffer.concat([
    workerIdField(workerId),
    Buffer.from("\u0010\u0001\u001a\u0011Graceful Shutdown"),
  ]);

const workerIdField = (workerId: string) => Buffer.from(`\u000a\u0026\u000a\u0024${workerId}`);

/** `job cancel`, as both generations of command lines say it. */
export function cancelJob({ port }: GatewayFixture, runId: string): Promise<unknown> {
  const client = new JobExecutionServiceClient(`127.0.0.1:${port}`, credentials.createInsecure());
  onTestFinished(() => client.close());
  const request = { executionId: undefined, jobId: { value: runId }, reason: "Cancelled by CLI" };
  return unary((callback) => client.cancelJob(request, callback));
}

/** What a tick does with attempts of which something is wrong. */
export async function endTroubled({ store }: GatewayFixture): Promise<EndedAttempt[]> {
  return endAll({ store, random: () => 0.5 }, await store.troubledAttempts(100));
}

/** Every stored line of output, in order. */
export async function storedLines(gateway: GatewayFixture, runId: string): Promise<string[]> {
  const rows = await gateway.query(
    `select convert_from(data, 'utf8') as text from hodei.log_chunk
     where run_id = $1 order by fence, seq`,
    [runId],
  );
  return rows
    .map(({ text }) => String(text))
    .join("")
    .split("\n")
    .slice(0, -1);
}
