import { createHash } from "node:crypto";
import {
  LogChunk,
  LogChunkAck,
  RegisterWorkerRequest,
  RegisterWorkerResponse,
  ResultVerdict,
  ServerMessage,
  WorkerMessage,
} from "#proto/hodei.ts";
import type { StreamMessage, Verdict } from "./entry.ts";

/** One message as a proxy between worker and gateway sees it; a Buffer is the message as encoded. */
export interface TappedMessage {
  /** One for each call, unary calls among them. */
  readonly stream: number;
  /** Name of the RPC, also as the path `/hodei.WorkerAgentService/WorkerStream`. */
  readonly method: string;
  /** `up`: from the worker. */
  readonly direction: "up" | "down";
  readonly message: object | Buffer;
}

type Said = Omit<StreamMessage, "kind" | "stream">;
const OTHER: Said = { what: "other" };

/** What is kept of a message: who and which, never the command, the output or a token. */
export function streamMessage({
  stream,
  method,
  direction,
  message,
}: TappedMessage): StreamMessage {
  const say = SAYERS[`${method.split("/").at(-1)} ${direction}`];
  return { kind: "message", stream, ...(say?.(message) ?? OTHER) };
}

const read =
  <T>(type: { decode(bytes: Uint8Array): T }, say: (message: T) => Said) =>
  (message: object | Buffer): Said =>
    say(Buffer.isBuffer(message) ? type.decode(message) : (message as T));

const SAYERS: Readonly<Record<string, (message: object | Buffer) => Said>> = {
  "Register up": read(RegisterWorkerRequest, ({ workerInfo, sessionSha256 }) => ({
    what: "register",
    workerId: workerInfo?.workerId?.value ?? "",
    sessionSha256,
  })),
  "Register down": read(RegisterWorkerResponse, ({ workerId, success }) => ({
    what: "registered",
    workerId: workerId?.value ?? "",
    success,
  })),
  "StreamLogs up": read(LogChunk, ({ executionId, fence, seq, data }) => ({
    ...{ what: "log", executionId, fence, seq },
    md5: createHash("md5").update(data).digest("hex"),
  })),
  "StreamLogs down": read(LogChunkAck, ({ executionId, fence, seq, refused }) => ({
    ...{ what: "logAck", executionId, fence, seq, refused },
  })),
  "WorkerStream up": read(WorkerMessage, ({ payload }) => fromWorker(payload)),
  "WorkerStream down": read(ServerMessage, ({ payload }) => fromGateway(payload)),
};

function fromWorker(payload: WorkerMessage["payload"]): Said {
  switch (payload?.$case) {
    case "heartbeat":
      return { what: "heartbeat", workerId: payload.value.workerId?.value ?? "" };
    case "accept":
    case "refuse": {
      const { executionId, fence } = payload.value;
      return { what: payload.$case, executionId, fence };
    }
    case "result": {
      const { executionId, fence, resultId, exitCode, end } = payload.value;
      return { what: "result", executionId, fence, resultId, exitCode, end };
    }
    default:
      return OTHER;
  }
}

function fromGateway(payload: ServerMessage["payload"]): Said {
  switch (payload?.$case) {
    case "heartbeatAck":
      return { what: "heartbeatAck" };
    case "runJob":
    case "start": {
      const { executionId, fence } = payload.value;
      return { what: payload.$case, executionId, fence };
    }
    case "cancel":
      return { what: "cancel", executionId: payload.value.executionId };
    case "resultAck": {
      const { executionId, resultId, verdict } = payload.value;
      return { what: "resultAck", executionId, resultId, verdict: VERDICTS[verdict] ?? "unknown" };
    }
    default:
      return OTHER;
  }
}

const VERDICTS: Readonly<Partial<Record<ResultVerdict, Verdict>>> = {
  [ResultVerdict.RESULT_VERDICT_ACCEPTED]: "accepted",
  [ResultVerdict.RESULT_VERDICT_DUPLICATE]: "duplicate",
  [ResultVerdict.RESULT_VERDICT_FENCED]: "fenced",
};
