import { createHash, randomBytes, randomUUID } from "node:crypto";
import {
  type ClientDuplexStream,
  credentials,
  Metadata,
  type ServiceError,
  type StatusObject,
  status,
} from "@grpc/grpc-js";
import {
  AttemptEnd,
  JobResultMessage,
  type LogChunk,
  type LogChunkAck,
  type RegisterWorkerRequest,
  type RegisterWorkerResponse,
  type RunJobCommand,
  type ServerMessage,
  type UnregisterWorkerResponse,
  WorkerAgentServiceClient,
  WorkerHeartbeat,
  type WorkerMessage,
} from "#proto/hodei.ts";
import type { LaunchedWorker } from "../../bench/hodei/launched-workers.ts";
import { until } from "./until.ts";

export type Said = NonNullable<WorkerMessage["payload"]>;
export type Heard = NonNullable<ServerMessage["payload"]>;
type Case = Heard["$case"];
type ValueOf<C extends Case> = Extract<Heard, { $case: C }>["value"];
type Named = { readonly executionId: string; readonly fence: number };

/** A client with a connection of its own. */
export const connect = (port: number, options = {}): WorkerAgentServiceClient =>
  new WorkerAgentServiceClient(`127.0.0.1:${port}`, credentials.createInsecure(), {
    "grpc.use_local_subchannel_pool": 1,
    "grpc.enable_retries": 0,
    ...options,
  });

/** A unary call as a promise; rejects with the ServiceError. */
export const unary = <Response>(
  start: (callback: (error: ServiceError | null, response: Response) => void) => unknown,
): Promise<Response> =>
  new Promise((resolve, reject) => {
    start((error, response) => (error ? reject(error) : resolve(response)));
  });

/** The status a call was refused with, by name; "OK" when it was not. */
export const statusOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "OK",
    (error: ServiceError) => status[error.code] ?? String(error),
  );

export function credential(workerId: string, secret: string): Metadata {
  const metadata = new Metadata();
  metadata.set("authorization", `Bearer ${secret}`);
  metadata.set("hodei-worker-id", workerId);
  return metadata;
}

/**
 * A worker that does what the test says, over the generated client and real grpc-js. `original`
 * makes it one of the first generation: no secret, no credential on its streams.
 */
export class ScriptedWorker {
  readonly workerId: string;
  readonly token: string;
  readonly secret = randomBytes(32).toString("base64url");
  readonly client: WorkerAgentServiceClient;
  /** The newest control stream. */
  stream: ControlPeer | null = null;

  constructor(port: number, launched: LaunchedWorker) {
    this.workerId = launched.workerId;
    this.token = launched.token;
    this.client = connect(port);
  }

  get control(): ControlPeer {
    if (!this.stream) throw new Error("no control stream was opened");
    return this.stream;
  }

  get metadata(): Metadata {
    return credential(this.workerId, this.secret);
  }

  register(change: Partial<RegisterWorkerRequest> = {}): Promise<RegisterWorkerResponse> {
    const request = {
      ...registerRequest(this.workerId, this.token),
      protocolVersion: 1,
      sessionSha256: createHash("sha256").update(this.secret).digest("hex"),
      ...change,
    };
    return unary((callback) => this.client.register(request, callback));
  }

  /** As the first generation does: no protocol version, no digest. */
  registerAsOriginal(sessionId = ""): Promise<RegisterWorkerResponse> {
    const request = { ...registerRequest(this.workerId, this.token), sessionId };
    return unary((callback) => this.client.register(request, callback));
  }

  open(metadata = this.metadata): ControlPeer {
    this.stream = new ControlPeer(this.workerId, this.client.workerStream(metadata));
    return this.stream;
  }

  openAsOriginal(): ControlPeer {
    return this.open(new Metadata());
  }

  openLogs(metadata = this.metadata): LogsPeer {
    return new LogsPeer(this.client.streamLogs(metadata));
  }

  unregister(
    metadata = this.metadata,
    workerId = this.workerId,
  ): Promise<UnregisterWorkerResponse> {
    const request = { workerId: { value: workerId }, reason: "the test is over" };
    return unary((callback) => this.client.unregisterWorker(request, metadata, callback));
  }

  /** Cuts the connection. */
  close(): void {
    this.client.close();
    this.stream?.cancel();
  }
}

const registerRequest = (workerId: string, authToken: string): RegisterWorkerRequest => ({
  authToken,
  workerInfo: {
    workerId: { value: workerId },
    name: "scripted",
    version: "1",
    hostname: "test",
    ipAddress: "127.0.0.1",
    osInfo: "test",
    architecture: "test",
    capacity: undefined,
    capabilities: ["shell"],
    taints: [],
    labels: {},
    tolerations: [],
  },
  sessionId: "",
  protocolVersion: 0,
  sessionSha256: "",
});

/** One control stream as the worker sees it. */
export class ControlPeer {
  readonly call: ClientDuplexStream<WorkerMessage, ServerMessage>;
  /** Everything heard so far, in order. */
  readonly heard: Heard[] = [];
  /** How it ended; null while it is open. */
  ended: StatusObject | null = null;
  readonly #workerId: string;

  constructor(workerId: string, call: ClientDuplexStream<WorkerMessage, ServerMessage>) {
    this.#workerId = workerId;
    this.call = call;
    call.on("error", () => {}); // "status" says the same
    call.on("data", ({ payload }: ServerMessage) => payload && this.heard.push(payload));
    call.on("status", (ended: StatusObject) => {
      this.ended = ended;
    });
  }

  say(payload: Said): void {
    this.call.write({ payload });
  }

  beat(executions: readonly Named[] = []): void {
    const workerId = { value: this.#workerId };
    const value = WorkerHeartbeat.fromPartial({ workerId });
    value.executions = executions.map(({ executionId, fence }) => ({ executionId, fence }));
    this.say({ $case: "heartbeat", value });
  }

  /** Beats once; resolves with the answer, of either generation. */
  async beatUntilAnswered(executions: readonly Named[] = []): Promise<Heard> {
    const before = this.answers.length;
    this.beat(executions);
    await until("the heartbeat is answered", () => this.answers.length > before);
    return this.answers[before]!;
  }

  get answers(): Heard[] {
    return this.heard.filter(({ $case }) => $case === "heartbeatAck" || $case === "ack");
  }

  all<C extends Case>($case: C): ValueOf<C>[] {
    return this.heard.filter((it) => it.$case === $case).map((it) => it.value as ValueOf<C>);
  }

  /** The n-th message of this kind, counted from 0. */
  async nth<C extends Case>($case: C, n = 0): Promise<ValueOf<C>> {
    await until(`${$case} ${n} is heard`, () => this.all($case).length > n);
    return this.all($case)[n]!;
  }

  command(n = 0): Promise<RunJobCommand> {
    return this.nth("runJob", n);
  }

  accept({ executionId, fence }: Named): void {
    this.say({ $case: "accept", value: { executionId, fence } });
  }

  refuse({ executionId, fence }: Named, reason = "as the test says"): void {
    this.say({ $case: "refuse", value: { executionId, fence, reason } });
  }

  /** Takes a command and waits until it may start. */
  async take(n = 0): Promise<RunJobCommand> {
    const command = await this.command(n);
    this.accept(command);
    await until("start is heard", () =>
      this.all("start").some(({ executionId }) => executionId === command.executionId),
    );
    return command;
  }

  /** Sends a result, exit code 0 unless said otherwise; answers its result id. */
  result(
    of: Named & { readonly jobId: string },
    change: Partial<Omit<JobResultMessage, "jobId">> = {},
  ): string {
    const { executionId, fence, jobId } = of;
    const value = {
      ...JobResultMessage.fromPartial({}),
      ...{ executionId, fence, jobId, success: true },
      resultId: randomUUID(),
      end: AttemptEnd.ATTEMPT_END_EXITED,
      ...change,
    };
    this.say({ $case: "result", value });
    return value.resultId;
  }

  /** The verdict on this result, once it is there. */
  async verdict(resultId: string, n = 0) {
    const of = () => this.all("resultAck").filter((ack) => ack.resultId === resultId);
    await until("the result is answered", () => of().length > n);
    return of()[n]!.verdict;
  }

  async end(): Promise<StatusObject> {
    await until("the stream is over", () => this.ended !== null);
    return this.ended!;
  }

  /** The name of the status it ended with. */
  async endCode(): Promise<string> {
    return status[(await this.end()).code] ?? "";
  }

  cancel(): void {
    this.call.cancel();
  }
}

/** One logs stream as the worker sees it. */
export class LogsPeer {
  readonly call: ClientDuplexStream<LogChunk, LogChunkAck>;
  readonly acks: LogChunkAck[] = [];
  /** Bytes of data that the transport took from us. */
  sentBytes = 0;
  ended: StatusObject | null = null;

  constructor(call: ClientDuplexStream<LogChunk, LogChunkAck>) {
    this.call = call;
    call.on("error", () => {});
    call.on("data", (ack: LogChunkAck) => this.acks.push(ack));
    call.on("status", (ended: StatusObject) => {
      this.ended = ended;
    });
  }

  write(
    { executionId, fence }: Named,
    seq: number,
    data: string | Buffer,
    change: Partial<LogChunk> = {},
  ): void {
    const bytes = Buffer.from(data);
    const chunk = { executionId, fence, seq, isStderr: false, data: bytes, ...change };
    this.call.write(chunk, () => {
      this.sentBytes += bytes.length;
    });
  }

  async acknowledged(seq: number): Promise<LogChunkAck> {
    await until(`chunk ${seq} is acknowledged`, () => this.acks.some((ack) => ack.seq >= seq));
    return this.acks.find((ack) => ack.seq >= seq)!;
  }

  async endCode(): Promise<string> {
    await until("the logs stream is over", () => this.ended !== null);
    return status[this.ended!.code] ?? "";
  }
}
