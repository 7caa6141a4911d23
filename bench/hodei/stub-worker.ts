import { createHash, randomBytes } from "node:crypto";
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import {
  AttemptEnd,
  type HeldExecution,
  JobResultMessage,
  RegisterWorkerRequest,
  RegisterWorkerResponse,
  type RunJobCommand,
  ServerMessage,
  WorkerAgentServiceService,
  WorkerHeartbeat,
  WorkerMessage,
} from "#proto/hodei.ts";
import { FrameReader, frame } from "./grpc-frames.ts";
import type { LaunchedWorker } from "./launched-workers.ts";

export interface StubEvents {
  /** The command of a run arrived. */
  onSent(runId: string): void;
  /** The worker was allowed to start it. */
  onStarted(runId: string): void;
  /** The result was recorded. */
  onRecorded(runId: string): void;
}

type Payload = NonNullable<WorkerMessage["payload"]>;
type Heard = NonNullable<ServerMessage["payload"]>;

const { register, workerStream } = WorkerAgentServiceService;
const JITTER_SHARE = 0.5;

/**
 * A worker of our protocol that runs nothing: it accepts, and the moment it may start it reports
 * success. It speaks HTTP/2 without a gRPC library, so that thousands of them on the machine of the
 * gateway leave it the processor; each has a connection of its own, as real workers have.
 */
export class StubWorker {
  readonly #session: ClientHttp2Session;
  readonly #launched: LaunchedWorker;
  readonly #events: StubEvents;
  readonly #secret = randomBytes(32).toString("base64url");
  readonly #runs = new Map<string, HeldExecution & { runId: string }>();
  #stream: ClientHttp2Stream | null = null;
  #periodMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #onBeaten: () => void = () => {};

  constructor(grpcAddress: string, launched: LaunchedWorker, events: StubEvents) {
    this.#session = connect(`http://${grpcAddress}`);
    this.#session.on("error", () => {}); // its stream says it
    this.#session.on("connect", (_session, socket) => socket.setNoDelay(true));
    this.#launched = launched;
    this.#events = events;
  }

  /** Registers and opens the stream. The worker is not Ready before its first heartbeat. */
  async attach(): Promise<void> {
    const answer = await this.#register();
    this.#periodMs = answer.heartbeatPeriodMs;
    const stream = this.#request(workerStream.path, {
      authorization: `Bearer ${this.#secret}`,
      "hodei-worker-id": this.#launched.workerId,
    });
    const reader = new FrameReader((message) => {
      const { payload } = ServerMessage.decode(message);
      if (payload) this.#hear(payload);
    });
    stream.on("data", (chunk: Buffer) => reader.take(chunk));
    this.#stream = stream;
    const opened = Promise.withResolvers<void>();
    stream.once("response", () => opened.resolve());
    stream.once("close", () => opened.reject(new Error("the gateway ended the stream")));
    await opened.promise;
  }

  /** Says the first heartbeat, and from then on one per period; resolves when it is answered. */
  async beat(): Promise<void> {
    const beaten = Promise.withResolvers<void>();
    this.#onBeaten = beaten.resolve;
    this.#heartbeat();
    await beaten.promise;
    const first = this.#periodMs * (1 - JITTER_SHARE * Math.random());
    this.#timer = setTimeout(() => this.#beatAgain(), first);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#session.destroy();
  }

  #beatAgain(): void {
    this.#heartbeat();
    this.#timer = setTimeout(() => this.#beatAgain(), this.#periodMs);
  }

  #heartbeat(): void {
    const value = WorkerHeartbeat.fromPartial({ workerId: { value: this.#launched.workerId } });
    value.executions = [...this.#runs.values()].map(({ executionId, fence }) => ({
      executionId,
      fence,
    }));
    this.#say({ $case: "heartbeat", value });
  }

  #hear(heard: Heard): void {
    switch (heard.$case) {
      case "runJob":
        this.#accept(heard.value);
        break;
      case "start":
        this.#run(heard.value.executionId);
        break;
      case "resultAck":
        this.#settle(heard.value.executionId);
        break;
      case "heartbeatAck":
        this.#onBeaten();
        break;
      default:
    }
  }

  #accept({ jobId: runId, executionId, fence }: RunJobCommand): void {
    this.#events.onSent(runId);
    this.#runs.set(executionId, { runId, executionId, fence });
    this.#say({ $case: "accept", value: { executionId, fence } });
  }

  #run(executionId: string): void {
    const run = this.#runs.get(executionId);
    if (!run) return;
    this.#events.onStarted(run.runId);
    const value: JobResultMessage = {
      ...RESULT,
      jobId: run.runId,
      executionId,
      fence: run.fence,
      resultId: executionId,
    };
    this.#say({ $case: "result", value });
  }

  #settle(executionId: string): void {
    const run = this.#runs.get(executionId);
    this.#runs.delete(executionId);
    if (run) this.#events.onRecorded(run.runId);
  }

  #say(payload: Payload): void {
    this.#stream?.write(frame(WorkerMessage.encode({ payload }).finish()));
  }

  async #register(): Promise<RegisterWorkerResponse> {
    const { workerId, token } = this.#launched;
    const request = RegisterWorkerRequest.fromPartial({
      authToken: token,
      workerInfo: { workerId: { value: workerId } },
      protocolVersion: 1,
      sessionSha256: createHash("sha256").update(this.#secret).digest("hex"),
    });
    const stream = this.#request(register.path, {});
    const { promise, resolve, reject } = Promise.withResolvers<RegisterWorkerResponse>();
    const reader = new FrameReader((message) => resolve(RegisterWorkerResponse.decode(message)));
    stream.on("data", (chunk: Buffer) => reader.take(chunk));
    stream.once("close", () => reject(new Error("the gateway refused to register")));
    stream.end(frame(RegisterWorkerRequest.encode(request).finish()));
    return promise;
  }

  #request(path: string, headers: Readonly<Record<string, string>>): ClientHttp2Stream {
    const stream = this.#session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
    stream.on("error", () => {}); // "close" says it
    return stream;
  }
}

const RESULT = {
  ...JobResultMessage.fromPartial({}),
  success: true,
  end: AttemptEnd.ATTEMPT_END_EXITED,
};
