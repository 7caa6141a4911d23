import { createHash, randomBytes } from "node:crypto";
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import {
  AttemptEnd,
  type HeldExecution,
  JobResultMessage,
  LogChunk,
  LogChunkAck,
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
  onStarted(runId: string, execution: HeldExecution): void;
  /** The result was recorded. */
  onRecorded(runId: string): void;
  /** The control stream was open and is over, and nobody here closed it. */
  onLost?(): void;
}

/** Output on its way to the gateway, on a stream of its own. */
export interface StubLogs {
  /** false: wait for `onDrain`, as the real worker does. */
  write(chunk: LogChunk): boolean;
  end(): void;
}

type Held = HeldExecution & { readonly runId: string; started: boolean };

/** How a stub differs from one that accepts, starts and succeeds. */
export interface StubHabits {
  /** Lines of output before each result, on the logs stream. */
  readonly logLines?: number;
  /** It accepts each command twice, as after a lost answer. */
  readonly acceptsTwice?: boolean;
  /** Its runs go on until `finish`, as those that do something would. */
  readonly holdRuns?: boolean;
}

type Payload = NonNullable<WorkerMessage["payload"]>;
type Heard = NonNullable<ServerMessage["payload"]>;

const { register, streamLogs, workerStream } = WorkerAgentServiceService;
const JITTER_SHARE = 0.5;
const ignore = () => {}; // a stub keeps no output that it would send again

/**
 * A worker of our protocol that runs nothing: it accepts, and the moment it may start it reports
 * success. It speaks HTTP/2 without a gRPC library, so that thousands of them on the machine of the
 * gateway leave it the processor; each has a connection of its own, as real workers have.
 */
export class StubWorker {
  readonly #launched: LaunchedWorker;
  readonly #events: StubEvents;
  readonly #habits: StubHabits;
  readonly #secret = randomBytes(32).toString("base64url");
  readonly #runs = new Map<string, Held>();
  #session: ClientHttp2Session;
  #stream: ClientHttp2Stream | null = null;
  #logs: StubLogs | null = null;
  #periodMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #onBeaten: () => void = () => {};

  constructor(
    grpcAddress: string,
    launched: LaunchedWorker,
    events: StubEvents,
    habits: StubHabits = {},
  ) {
    this.#session = openConnection(grpcAddress);
    this.#launched = launched;
    this.#events = events;
    this.#habits = habits;
  }

  /** Registers and opens the stream. The worker is not Ready before its first heartbeat. */
  async attach(): Promise<void> {
    const answer = await this.#register();
    this.#periodMs = answer.heartbeatPeriodMs;
    await this.#open();
  }

  /** A lost stream again, on a new connection and with the session there was; the runs go on. */
  async reattach(grpcAddress: string): Promise<void> {
    this.#session.destroy();
    this.#session = openConnection(grpcAddress);
    await this.#open();
    await this.beat();
  }

  /** Says the first heartbeat, and from then on one per period; resolves when it is answered. */
  async beat(): Promise<void> {
    clearTimeout(this.#timer);
    const beaten = Promise.withResolvers<void>();
    this.#onBeaten = beaten.resolve;
    this.#stream?.once("close", () => beaten.reject(new Error("the gateway ended the stream")));
    this.#heartbeat();
    await beaten.promise;
    const first = this.#periodMs * (1 - JITTER_SHARE * Math.random());
    this.#timer = setTimeout(() => this.#beatAgain(), first);
  }

  /** Reports the success of every run that goes on. */
  finish(): void {
    for (const executionId of this.#runs.keys()) this.#report(executionId);
  }

  openLogs(onAck: (ack: LogChunkAck) => void, onDrain: () => void): StubLogs {
    const stream = this.#request(streamLogs.path, this.#credential);
    const reader = new FrameReader((message) => onAck(LogChunkAck.decode(message)));
    stream.on("data", (chunk: Buffer) => reader.take(chunk));
    stream.on("drain", onDrain);
    return {
      write: (chunk) => stream.write(frame(LogChunk.encode(chunk).finish())),
      end: () => void stream.end(),
    };
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#session.destroy();
  }

  get #credential(): Readonly<Record<string, string>> {
    return {
      authorization: `Bearer ${this.#secret}`,
      "hodei-worker-id": this.#launched.workerId,
    };
  }

  async #open(): Promise<void> {
    const stream = this.#request(workerStream.path, this.#credential);
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
    if (this.#habits.logLines) this.#logs = this.openLogs(ignore, ignore);
    stream.once("close", () => this.#lost());
  }

  #lost(): void {
    clearTimeout(this.#timer);
    if (!this.#closed) this.#events.onLost?.();
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
    this.#runs.set(executionId, { runId, executionId, fence, started: false });
    for (let said = 0; said < (this.#habits.acceptsTwice ? 2 : 1); said += 1)
      this.#say({ $case: "accept", value: { executionId, fence } });
  }

  #run(executionId: string): void {
    const run = this.#runs.get(executionId);
    if (!run || run.started) return;
    run.started = true;
    this.#events.onStarted(run.runId, run);
    if (!this.#habits.holdRuns) this.#report(executionId);
  }

  #report(executionId: string): void {
    const run = this.#runs.get(executionId);
    if (!run) return;
    const value: JobResultMessage = {
      ...RESULT,
      jobId: run.runId,
      executionId,
      fence: run.fence,
      resultId: executionId,
      logLastSeq: this.#print(run),
    };
    this.#say({ $case: "result", value });
  }

  /** What a job printed, in one piece, as a real worker sends what came within its wait. */
  #print({ executionId, fence }: HeldExecution): number {
    const { logLines = 0 } = this.#habits;
    if (!this.#logs || logLines === 0) return 0;
    const data = Buffer.from(LINE.repeat(logLines));
    const chunk = LogChunk.fromPartial({ executionId, fence, seq: 1, data });
    this.#logs.write(chunk);
    return 1;
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

/** Sixty-four bytes, as lines of a build log have. */
const LINE = `${"a line of output that somebody may read later ".padEnd(63, ".")}\n`;

function openConnection(grpcAddress: string): ClientHttp2Session {
  const session = connect(`http://${grpcAddress}`);
  session.on("error", () => {}); // its stream says it
  session.on("connect", (_session, socket) => socket.setNoDelay(true));
  return session;
}

const RESULT = {
  ...JobResultMessage.fromPartial({}),
  success: true,
  end: AttemptEnd.ATTEMPT_END_EXITED,
};
