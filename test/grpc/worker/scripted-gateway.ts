import { createHash } from "node:crypto";
import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData,
  type status,
} from "@grpc/grpc-js";
import { vi } from "vitest";
import {
  type CheckFenceRequest,
  type CheckFenceResponse,
  FenceState,
  type JobResultMessage,
  type LogChunk,
  type LogChunkAck,
  type RegisterWorkerRequest,
  type RegisterWorkerResponse,
  ResultVerdict,
  RunJobCommand,
  type ServerMessage,
  type UnregisterWorkerRequest,
  type UnregisterWorkerResponse,
  WorkerAgentServiceService,
  type WorkerMessage,
} from "#proto/hodei.ts";

type ControlCall = ServerDuplexStream<WorkerMessage, ServerMessage>;
type LogsCall = ServerDuplexStream<LogChunk, LogChunkAck>;
type Payload = NonNullable<ServerMessage["payload"]>;
export type Said = NonNullable<WorkerMessage["payload"]>;

/** One control stream as the gateway sees it. */
export interface Peer {
  readonly call: ControlCall;
  readonly authorization: string;
  readonly workerId: string;
  over: boolean;
}

/** Waits for a condition of the real world, checking often; fails with the assertion's own error. */
export const eventually = <T>(check: () => T | Promise<T>, timeoutMs = 15_000): Promise<T> =>
  vi.waitFor(check, { timeout: timeoutMs, interval: 10 });

/**
 * A gateway that does what the test says, over real grpc-js. By itself it registers everybody,
 * answers heartbeats and acknowledges logs; each of these can be switched off or replaced.
 */
export class ScriptedGateway {
  heartbeatPeriodMs = 200;
  leaseMs = 45_000;
  answerHeartbeats = true;
  acknowledgeLogs = true;
  /** Acknowledge every result the moment it arrives. */
  acknowledgeResults = false;
  lostExecutionIds: string[] = [];
  onRegister: (request: RegisterWorkerRequest) => status | null = () => null;
  /** Status with which a new control stream is refused, or null. */
  refuseStreams: status | null = null;

  /** A status refuses the question, null leaves it without an answer. */
  onCheckFence: () => FenceState | { readonly refused: status } | null = () =>
    FenceState.FENCE_STATE_CURRENT;

  readonly registrations: RegisterWorkerRequest[] = [];
  /** The connection of each registration. */
  readonly registeredFrom: string[] = [];
  readonly peers: Peer[] = [];
  readonly logCalls: LogsCall[] = [];
  readonly chunks: LogChunk[] = [];
  readonly farewells: UnregisterWorkerRequest[] = [];
  readonly fenceChecks: { readonly request: CheckFenceRequest; readonly authorization: string }[] =
    [];
  /** Everything said on any control stream, in order of arrival. */
  readonly said: Said[] = [];
  readonly #server = new Server();
  #port = 0;

  constructor() {
    this.#server.addService(WorkerAgentServiceService, {
      register: (
        call: ServerUnaryCall<RegisterWorkerRequest, RegisterWorkerResponse>,
        answer: sendUnaryData<RegisterWorkerResponse>,
      ) => {
        this.registeredFrom.push(call.getPeer());
        this.#register(call.request, answer);
      },
      workerStream: (call: ControlCall) => this.#control(call),
      streamLogs: (call: LogsCall) => this.#logs(call),
      checkFence: (
        call: ServerUnaryCall<CheckFenceRequest, CheckFenceResponse>,
        answer: sendUnaryData<CheckFenceResponse>,
      ) => {
        const [authorization] = call.metadata.get("authorization");
        this.fenceChecks.push({
          request: call.request,
          authorization: String(authorization ?? ""),
        });
        const state = this.onCheckFence();
        if (state === null) return;
        if (typeof state === "object") answer({ code: state.refused, details: "as the test says" });
        else answer(null, { state });
      },
      unregisterWorker: (
        call: ServerUnaryCall<UnregisterWorkerRequest, UnregisterWorkerResponse>,
        answer: sendUnaryData<UnregisterWorkerResponse>,
      ) => {
        this.farewells.push(call.request);
        answer(null, { success: true, message: "ok" });
      },
    });
  }

  async listen(port = 0): Promise<this> {
    this.#port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(
        `127.0.0.1:${port}`,
        ServerCredentials.createInsecure(),
        (error, bound) => (error === null ? resolve(bound) : reject(error)),
      );
    });
    return this;
  }

  get port(): number {
    return this.#port;
  }

  get address(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Drops every connection and stops listening, as a killed gateway does. */
  close(): void {
    this.#server.forceShutdown();
  }

  /** The newest control stream that is still open. */
  get peer(): Peer {
    const peer = this.peers.findLast((it) => !it.over);
    if (peer === undefined) throw new Error("no worker is connected");
    return peer;
  }

  connected = (): Promise<Peer> => eventually(() => this.peer);

  say(payload: Payload, peer: Peer = this.peer): void {
    peer.call.write({ payload });
  }

  run(command: Partial<RunJobCommand>): void {
    const value = { ...RunJobCommand.fromPartial({}), fence: 1, ...command };
    this.say({ $case: "runJob", value });
  }

  start(executionId: string): void {
    this.say({ $case: "start", value: { executionId, fence: 1 } });
  }

  cancel(executionId: string, options: { force?: boolean; discard?: boolean } = {}): void {
    const value = { jobId: "", executionId, force: false, discard: false, ...options };
    this.say({ $case: "cancel", value });
  }

  acknowledge({ executionId, resultId }: JobResultMessage): void {
    const verdict = ResultVerdict.RESULT_VERDICT_ACCEPTED;
    this.say({ $case: "resultAck", value: { executionId, resultId, verdict } });
  }

  /** Offers a command, waits for its accept and lets it start. */
  async execute(command: Partial<RunJobCommand>): Promise<void> {
    const executionId = command.executionId!;
    await this.connected();
    this.run(command);
    await eventually(() => {
      if (!this.accepts.includes(executionId)) throw new Error("not accepted");
    });
    this.start(executionId);
  }

  get accepts(): string[] {
    return this.said.flatMap((it) => (it.$case === "accept" ? [it.value.executionId] : []));
  }

  get refusals(): { executionId: string; reason: string }[] {
    return this.said.flatMap((it) => (it.$case === "refuse" ? [it.value] : []));
  }

  get results(): JobResultMessage[] {
    return this.said.flatMap((it) => (it.$case === "result" ? [it.value] : []));
  }

  get heartbeats() {
    return this.said.flatMap((it) => (it.$case === "heartbeat" ? [it.value] : []));
  }

  /** The first result of an execution. */
  result(executionId: string, timeoutMs?: number): Promise<JobResultMessage> {
    return eventually(() => {
      const result = this.results.find((it) => it.executionId === executionId);
      if (result === undefined) throw new Error(`no result of ${executionId}`);
      return result;
    }, timeoutMs);
  }

  /** The output of an execution so far, each chunk once, in order of `seq`. */
  distinctChunks(executionId: string): LogChunk[] {
    const bySeq = new Map<number, LogChunk>();
    for (const chunk of this.chunks) {
      if (chunk.executionId === executionId) bySeq.set(chunk.seq, chunk);
    }
    return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
  }

  output(executionId: string, isStderr = false): Buffer {
    const chunks = this.distinctChunks(executionId).filter((it) => it.isStderr === isStderr);
    return Buffer.concat(chunks.map((it) => it.data));
  }

  /** How much output arrived, repeats included. */
  get receivedBytes(): number {
    return this.chunks.reduce((sum, it) => sum + it.data.length, 0);
  }

  text = (executionId: string): string => this.output(executionId).toString("utf8");

  acknowledgeChunks(executionId: string, seq: number, refused = false): void {
    this.logCalls.at(-1)!.write({ executionId, fence: 1, seq, refused });
  }

  #register(request: RegisterWorkerRequest, answer: sendUnaryData<RegisterWorkerResponse>): void {
    this.registrations.push(request);
    const code = this.onRegister(request);
    if (code !== null) {
      answer({ code, details: "as the test says" });
      return;
    }
    answer(null, {
      workerId: request.workerInfo?.workerId,
      success: true,
      message: "ok",
      sessionId: "",
      heartbeatPeriodMs: this.heartbeatPeriodMs,
      leaseMs: this.leaseMs,
    });
  }

  #control(call: ControlCall): void {
    if (this.refuseStreams !== null) {
      call.emit("error", { code: this.refuseStreams, details: "as the test says" });
      return;
    }
    const peer: Peer = {
      call,
      authorization: String(call.metadata.get("authorization")[0] ?? ""),
      workerId: String(call.metadata.get("hodei-worker-id")[0] ?? ""),
      over: false,
    };
    this.peers.push(peer);
    call.on("data", ({ payload }: WorkerMessage) => this.#heard(peer, payload));
    call.on("end", () => {
      peer.over = true;
      call.end();
    });
    call.on("error", () => {
      peer.over = true;
    });
    call.on("cancelled", () => {
      peer.over = true;
    });
  }

  #heard(peer: Peer, payload: WorkerMessage["payload"]): void {
    if (payload === undefined) return;
    this.said.push(payload);
    if (payload.$case === "heartbeat" && this.answerHeartbeats) {
      const { leaseMs, lostExecutionIds } = this;
      this.say({ $case: "heartbeatAck", value: { leaseMs, lostExecutionIds } }, peer);
    }
    if (payload.$case === "result" && this.acknowledgeResults) this.acknowledge(payload.value);
  }

  #logs(call: LogsCall): void {
    this.logCalls.push(call);
    call.on("data", (chunk: LogChunk) => {
      this.chunks.push(chunk);
      const { executionId, fence, seq } = chunk;
      if (this.acknowledgeLogs) call.write({ executionId, fence, seq, refused: false });
    });
    call.on("end", () => call.end());
    call.on("error", () => undefined);
  }
}

export const sha256Hex = (text: string): string => createHash("sha256").update(text).digest("hex");
