import { describe, expect, it } from "vitest";
import {
  QueueJobRequest,
  QueueJobResponse,
  RegisterWorkerRequest,
  RegisterWorkerResponse,
  ResourceRequirements,
  ServerMessage,
  UnregisterWorkerRequest,
  UnregisterWorkerResponse,
  WorkerMessage,
} from "#proto/hodei.ts";

/**
 * Bytes that a peer of the first generation sends or expects, made with its own schema. Ids: worker
 * 1111…, job aaaa…; times: 1765749600 s.
 */
const WORKER = "11111111-2222-4333-8444-555555555555";
const JOB = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
const TIME = new Date(1765749600_000);

const hex = (text: string) => Buffer.from(text, "utf8").toString("hex");
/** A string field of at most 127 bytes. */
const text = (tag: string, value: string) =>
  tag + value.length.toString(16).padStart(2, "0") + hex(value);
const WORKER_ID = `0a260a24${hex(WORKER)}`;

interface Codec<Message> {
  decode(input: Uint8Array): Message;
  encode(message: Message): { finish(): Uint8Array };
}
const decode = <Message>(codec: Codec<Message>, bytes: string) =>
  codec.decode(Buffer.from(bytes, "hex"));
const encode = <Message>(codec: Codec<Message>, message: Message) =>
  Buffer.from(codec.encode(message).finish()).toString("hex");

const VECTORS: readonly {
  name: string;
  codec: Codec<unknown>;
  bytes: string;
  holds: object;
}[] = [
  {
    name: "RegisterWorkerRequest",
    codec: RegisterWorkerRequest as Codec<unknown>,
    bytes:
      "0a2439393939393939392d383838382d343737372d383636362d353535353535353535353535127e0a260a2431313131313131312d323232322d343333332d383434342d353535353535353535353535120277311a05302e312e302201682a093132372e302e302e31320c6c696e7578207838365f36343a067838365f36344216090000000000000040108080808020188080808090034a06646f636b65724a057368656c6c",
    holds: {
      authToken: "99999999-8888-4777-8666-555555555555",
      sessionId: "",
      workerInfo: {
        workerId: { value: WORKER },
        name: "w1",
        version: "0.1.0",
        hostname: "h",
        ipAddress: "127.0.0.1",
        osInfo: "linux x86_64",
        architecture: "x86_64",
        capacity: { cpuCores: 2, memoryBytes: 8 * 1024 ** 3, diskBytes: 100 * 1024 ** 3 },
        capabilities: ["docker", "shell"],
      },
    },
  },
  {
    name: "RegisterWorkerResponse",
    codec: RegisterWorkerResponse as Codec<unknown>,
    bytes:
      "0a260a2431313131313131312d323232322d343333332d383434342d35353535353535353535353510011a026f6b2206736573735f31",
    holds: { workerId: { value: WORKER }, success: true, message: "ok", sessionId: "sess_1" },
  },
  {
    name: "WorkerMessage.log",
    codec: WorkerMessage as Codec<unknown>,
    bytes:
      "12370a2461616161616161612d626262622d346363632d386464642d656565656565656565656565120568656c6c6f1801220608e0e6fcc906",
    holds: {
      payload: {
        $case: "log",
        value: { jobId: JOB, line: "hello", isStderr: true, timestamp: TIME },
      },
    },
  },
  {
    name: "WorkerMessage.result, exit code 0 (omitted on the wire)",
    codec: WorkerMessage as Codec<unknown>,
    bytes:
      "1a300a2461616161616161612d626262622d346363632d386464642d65656565656565656565656518012a0608e0e6fcc906",
    holds: {
      payload: {
        $case: "result",
        value: { jobId: JOB, exitCode: 0, success: true, completedAt: TIME, executionId: "" },
      },
    },
  },
  {
    name: "WorkerMessage.result, exit code −1 (ten bytes)",
    codec: WorkerMessage as Codec<unknown>,
    bytes:
      "1a370a2461616161616161612d626262622d346363632d386464642d65656565656565656565656510ffffffffffffffffff012204626f6f6d",
    holds: {
      payload: {
        $case: "result",
        value: { jobId: JOB, exitCode: -1, success: false, errorMessage: "boom" },
      },
    },
  },
  {
    name: "ServerMessage.run_job, shell",
    codec: ServerMessage as Codec<unknown>,
    bytes:
      "0a400a2461616161616161612d626262622d346363632d386464642d656565656565656565656565120c0a0a0a046563686f120268691a060a014112013130e0a712",
    holds: {
      payload: {
        $case: "runJob",
        value: {
          jobId: JOB,
          command: { commandType: { $case: "shell", value: { cmd: "echo", args: ["hi"] } } },
          env: { A: "1" },
          timeoutMs: 300_000,
          workingDir: "",
        },
      },
    },
  },
  {
    name: "ServerMessage.run_job, script",
    codec: ServerMessage as Codec<unknown>,
    bytes:
      "0a420a2461616161616161612d626262622d346363632d386464642d6565656565656565656565651210120e0a0462617368120665786974203330e0a7123a042f746d70",
    holds: {
      payload: {
        $case: "runJob",
        value: {
          command: {
            commandType: { $case: "script", value: { interpreter: "bash", content: "exit 3" } },
          },
          timeoutMs: 300_000,
          workingDir: "/tmp",
        },
      },
    },
  },
  {
    name: "ServerMessage.cancel",
    codec: ServerMessage as Codec<unknown>,
    bytes: "12280a2461616161616161612d626262622d346363632d386464642d6565656565656565656565651001",
    holds: { payload: { $case: "cancel", value: { jobId: JOB, force: true, discard: false } } },
  },
  {
    name: "ServerMessage.ack",
    codec: ServerMessage as Codec<unknown>,
    bytes: "1a060a026d311001",
    holds: { payload: { $case: "ack", value: { messageId: "m1", success: true } } },
  },
  {
    name: "ServerMessage.keep_alive",
    codec: ServerMessage as Codec<unknown>,
    bytes: "22080a0608e0e6fcc906",
    holds: { payload: { $case: "keepAlive", value: { timestamp: TIME } } },
  },
  {
    name: "QueueJobRequest",
    codec: QueueJobRequest as Codec<unknown>,
    bytes: "0a1512016e22046563686f2a02686932060a01411201311203636c69",
    holds: {
      jobDefinition: { name: "n", command: "echo", arguments: ["hi"], environment: { A: "1" } },
      queuedBy: "cli",
    },
  },
  {
    name: "QueueJobResponse",
    codec: QueueJobResponse as Codec<unknown>,
    bytes:
      "080112304a6f62207175657565643a2061616161616161612d626262622d346363632d386464642d6565656565656565656565651a0608e0e6fcc906",
    holds: { success: true, message: `Job queued: ${JOB}`, queuedAt: TIME },
  },
];

describe("the bytes of the first generation", () => {
  it.each(VECTORS)("$name are read as meant, and written the same", ({ codec, bytes, holds }) => {
    const message = decode(codec, bytes);
    expect(message).toMatchObject(holds);
    expect(encode(codec, message)).toBe(bytes);
  });

  it("WorkerMessage.heartbeat is read as meant; nanoseconds are kept to the millisecond", () => {
    const bytes =
      "0a490a260a2431313131313131312d323232322d343333332d383434342d35353535353535353535353510021a1309333333333333d33f10808040188080808078320808e0e6fcc9061005";
    const message = decode(WorkerMessage, bytes);
    expect(message.payload).toMatchObject({
      $case: "heartbeat",
      value: {
        workerId: { value: WORKER },
        status: 2,
        usage: { cpuCores: 0.3, memoryBytes: 1024 ** 2, diskBytes: 30 * 1024 ** 3 },
        executions: [],
      },
    });
    const again = decode(WorkerMessage, encode(WorkerMessage, message));
    expect(again).toEqual(message);
  });
});

describe("numbers that the generations disagree about", () => {
  const farewell = (bytes: string) => decode(UnregisterWorkerRequest, bytes);

  it("the first generation's farewell (a reason at 2) is understood without it", () => {
    const bytes =
      "0a260a2431313131313131312d323232322d343333332d383434342d353535353535353535353535120853687574646f776e";
    expect(bytes).toBe(WORKER_ID + text("12", "Shutdown"));
    expect(farewell(bytes)).toEqual({ workerId: { value: WORKER }, reason: "" });
  });

  it("the later generation's (a flag at 2, the reason at 3) with its reason", () => {
    const bytes = `${WORKER_ID}1001${text("1a", "Shutdown")}`;
    expect(farewell(bytes)).toEqual({ workerId: { value: WORKER }, reason: "Shutdown" });
  });

  it("our answer says nothing at number 3", () => {
    const bytes = encode(UnregisterWorkerResponse, { success: true, message: "bye" });
    expect(bytes).toBe(`0801${text("12", "bye")}`);
  });

  it("what a job requires is read past a map and past a list at 5", () => {
    const cores = "090000000000000040"; // 2.0
    const map = `2a05${text("0a", "k")}1001`;
    const list = text("2a", "a100");
    for (const five of [map, list])
      expect(decode(ResourceRequirements, cores + five)).toMatchObject({
        cpuCores: 2,
        customRequired: {},
      });
  });
});

describe("what is unknown", () => {
  it("to an older peer is ours, and it reads everything else", () => {
    const ours = encode(RegisterWorkerResponse, {
      ...RegisterWorkerResponse.fromPartial({ success: true, sessionId: "s" }),
      heartbeatPeriodMs: 10_000,
      leaseMs: 45_000,
    });
    // 100 and 101 as varints: keys a0 06 and a8 06, last, so that a prefix is the old message
    expect(ours).toBe(`1001${text("22", "s")}a006904ea806c8df02`);
  });

  it("to us, from a peer to come, is skipped", () => {
    const future = `${text("0a", "token")}f23f0401020304`; // number 1022, bytes
    expect(decode(RegisterWorkerRequest, future)).toMatchObject({ authToken: "token" });
    const payload = "f23f00"; // a payload we do not know: no payload
    expect(decode(WorkerMessage, payload).payload).toBeUndefined();
  });
});
