import { createHash, randomBytes, randomUUID } from "node:crypto";
import {
  type ClientDuplexStream,
  credentials,
  Metadata,
  type ServiceError,
  type StatusObject,
} from "@grpc/grpc-js";
import {
  AttemptEnd,
  JobResultMessage,
  ResultVerdict,
  type RunJobCommand,
  type ServerMessage,
  WorkerAgentServiceClient,
  WorkerHeartbeat,
  WorkerInfo,
  type WorkerMessage,
} from "#proto/hodei.ts";
import type { LaunchedWorker } from "../../bench/hodei/launched-workers.ts";

const REOPEN_MS = 50;
const RESEND_MS = 2_000;

/** What some stub workers did, together. */
export interface StubTally {
  /** Executions whose start was heard: the user's code ran. */
  started: number;
  /** Results that were answered, by verdict. */
  accepted: number;
  duplicate: number;
  fenced: number;
  /** Run ids of accepted results, in order. */
  readonly finished: string[];
}

export const newTally = (): StubTally => ({
  ...{ started: 0, accepted: 0, duplicate: 0, fenced: 0 },
  finished: [],
});

/**
 * A worker of our generation that runs nothing: it accepts, and the moment it may start it reports
 * success, keeps the result until it is answered, and comes back when its stream ends. Cheap enough
 * for hundreds in one process; each has a connection of its own, as real ones have.
 */
export class StubWorker {
  readonly #client: WorkerAgentServiceClient;
  readonly #launched: LaunchedWorker;
  readonly #secret = randomBytes(32).toString("base64url");
  readonly #tally: StubTally;
  readonly #waiting = new Map<string, RunJobCommand>();
  readonly #results = new Map<string, { message: JobResultMessage; runId: string }>();
  #call: ClientDuplexStream<WorkerMessage, ServerMessage> | null = null;
  #heartbeatPeriodMs = 1_000;
  #timers: NodeJS.Timeout[] = [];
  #closed = false;

  constructor(port: number, launched: LaunchedWorker, tally: StubTally) {
    this.#launched = launched;
    this.#tally = tally;
    this.#client = new WorkerAgentServiceClient(`127.0.0.1:${port}`, credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
      "grpc.initial_reconnect_backoff_ms": 100,
      "grpc.max_reconnect_backoff_ms": 1_000,
      "grpc.enable_retries": 0,
    });
  }

  /** Registers and attaches; resolves when the first heartbeat is answered. */
  async start(): Promise<void> {
    const answer = await this.#register();
    this.#heartbeatPeriodMs = answer.heartbeatPeriodMs;
    const ready = Promise.withResolvers<void>();
    this.#open(() => ready.resolve());
    this.#every(this.#heartbeatPeriodMs, () => this.#beat());
    this.#every(RESEND_MS, () => this.#repeatResults());
    await ready.promise;
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearInterval(timer);
    this.#call?.cancel();
    this.#client.close();
  }

  #register(): Promise<{ heartbeatPeriodMs: number }> {
    const { workerId, token } = this.#launched;
    const request = {
      authToken: token,
      workerInfo: WorkerInfo.fromPartial({ workerId: { value: workerId } }),
      sessionId: "",
      protocolVersion: 1,
      sessionSha256: createHash("sha256").update(this.#secret).digest("hex"),
    };
    return new Promise((resolve, reject) => {
      this.#client.register(request, (error: ServiceError | null, answer) =>
        error ? reject(error) : resolve(answer),
      );
    });
  }

  #open(onAnswered: () => void = () => {}): void {
    if (this.#closed) return;
    const metadata = new Metadata();
    metadata.set("authorization", `Bearer ${this.#secret}`);
    metadata.set("hodei-worker-id", this.#launched.workerId);
    const call = this.#client.workerStream(metadata);
    this.#call = call;
    call.on("error", () => {}); // "status" says the same
    call.on("status", (_ended: StatusObject) => {
      if (this.#call === call) setTimeout(() => this.#open(onAnswered), REOPEN_MS);
    });
    call.on("data", ({ payload }: ServerMessage) => {
      if (payload?.$case === "heartbeatAck") onAnswered();
      if (payload) this.#hear(payload);
    });
    this.#beat();
    for (const command of this.#waiting.values()) this.#accept(command);
    this.#repeatResults();
  }

  #hear(payload: NonNullable<ServerMessage["payload"]>): void {
    switch (payload.$case) {
      case "runJob":
        this.#take(payload.value);
        return;
      case "start":
        this.#run(payload.value.executionId);
        return;
      case "cancel":
        this.#waiting.delete(payload.value.executionId);
        return;
      case "resultAck":
        this.#settle(payload.value.executionId, payload.value.verdict);
        return;
      case "heartbeatAck":
        // A result recorded a moment ago is among these: its own answer tells how.
        for (const executionId of payload.value.lostExecutionIds) this.#waiting.delete(executionId);
        return;
      case "reconnect":
        this.#call?.end();
        return;
    }
  }

  #take(command: RunJobCommand): void {
    if (this.#results.has(command.executionId)) return;
    this.#waiting.set(command.executionId, command);
    this.#accept(command);
  }

  #accept({ executionId, fence }: RunJobCommand): void {
    this.#say({ $case: "accept", value: { executionId, fence } });
  }

  #run(executionId: string): void {
    const command = this.#waiting.get(executionId);
    if (!command) return;
    this.#waiting.delete(executionId);
    this.#tally.started += 1;
    const message = {
      ...JobResultMessage.fromPartial({}),
      jobId: command.jobId,
      executionId,
      fence: command.fence,
      success: true,
      resultId: randomUUID(),
      end: AttemptEnd.ATTEMPT_END_EXITED,
    };
    this.#results.set(executionId, { message, runId: command.jobId });
    this.#say({ $case: "result", value: message });
  }

  #settle(executionId: string, verdict: ResultVerdict): void {
    const result = this.#results.get(executionId);
    if (!result) return;
    this.#results.delete(executionId);
    if (verdict === ResultVerdict.RESULT_VERDICT_FENCED) this.#tally.fenced += 1;
    else this.#tally.finished.push(result.runId);
    if (verdict === ResultVerdict.RESULT_VERDICT_ACCEPTED) this.#tally.accepted += 1;
    if (verdict === ResultVerdict.RESULT_VERDICT_DUPLICATE) this.#tally.duplicate += 1;
  }

  #repeatResults(): void {
    for (const { message } of this.#results.values())
      this.#say({ $case: "result", value: message });
  }

  #beat(): void {
    const held = [...this.#waiting.values(), ...[...this.#results.values()].map((r) => r.message)];
    const value = WorkerHeartbeat.fromPartial({ workerId: { value: this.#launched.workerId } });
    value.executions = held.map(({ executionId, fence }) => ({ executionId, fence }));
    this.#say({ $case: "heartbeat", value });
    for (const command of this.#waiting.values()) this.#accept(command);
  }

  #say(payload: NonNullable<WorkerMessage["payload"]>): void {
    if (this.#call && !this.#call.destroyed) this.#call.write({ payload });
  }

  #every(ms: number, act: () => void): void {
    this.#timers.push(setInterval(act, ms));
  }
}
