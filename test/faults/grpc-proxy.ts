import {
  Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServiceDefinition,
  type StatusObject,
  status,
} from "@grpc/grpc-js";
import { AuditServiceService } from "#proto/hodei/audit.ts";
import { TemplateManagementServiceService } from "#proto/hodei/job/templates.ts";
import { LogStreamServiceService } from "#proto/hodei/logs.ts";
import { MetricsServiceService } from "#proto/hodei/metrics.ts";
import { ProviderManagementServiceService } from "#proto/hodei/providers.ts";
import { SchedulerServiceService } from "#proto/hodei/scheduler.ts";
import { JobExecutionServiceService, WorkerAgentServiceService } from "#proto/hodei.ts";
import type { TappedMessage } from "../history/stream-messages.ts";
import { type MessageFault, MessagePath } from "./message-path.ts";

const SERVICES: readonly object[] = [
  WorkerAgentServiceService,
  JobExecutionServiceService,
  LogStreamServiceService,
  MetricsServiceService,
  SchedulerServiceService,
  AuditServiceService,
  ProviderManagementServiceService,
  TemplateManagementServiceService,
];

/** Told of each message as it arrived at the proxy; what a fault then does to it changes nothing here. */
export type Tap = (message: TappedMessage) => void;

export interface GrpcProxy {
  readonly port: number;
  /** Where new calls go to, on 127.0.0.1. */
  targetPort: number;
  /** The next messages that match meet it. Answers how to take it back. */
  inject(fault: MessageFault): () => void;
  /** Ports from which calls of this worker come, at the present. */
  portsOf(workerId: string): readonly number[];
  /** Asked of each new call; true = nothing of it is passed on, nor answered. */
  refuses: (workerId: string, port: number) => boolean;
  /**
   * From now on the gateway does not hear that a worker's control stream is over, and goes on hearing
   * what that worker says on its next one. Until `mend`.
   */
  splitBrain(): SplitBrain;
  close(): void;
}

export interface SplitBrain {
  /** Streams that the gateway was never told the end of. */
  readonly believed: number;
  /** Of these, those it has not ended by itself. */
  readonly open: number;
  /** Ends are told again. */
  mend(): void;
}

type Bytes = Buffer;
type Downstream = ServerDuplexStream<Bytes, Bytes>;
type Upstream = ClientDuplexStream<Bytes, Bytes>;

const WORKER_STREAM = "/hodei.WorkerAgentService/WorkerStream";
const MESSAGE_BYTES_MAX = 16 * 1024 * 1024; // the gateway refuses before
const same = (bytes: Bytes): Bytes => bytes;

/**
 * Stands between workers or clients and a gateway and passes every call of every service on, message
 * by message, with metadata, deadlines, statuses and back-pressure: so that one answer can be lost,
 * and every message be seen.
 */
export async function startGrpcProxy(tap: Tap = () => {}): Promise<GrpcProxy> {
  const faults = new Set<MessageFault>();
  const ports = new Map<string, Set<number>>();
  const clients = new Map<string, { client: Client; calls: number }>();
  const believed = new Map<string, Set<Upstream>>();
  const state = { streams: 0, isSplit: false, believed: 0 };
  const proxy = { targetPort: 0, refuses: (_workerId: string, _port: number) => false };

  /** A connection of its own for each of theirs, so that what ends with one ends with the other. */
  const clientOf = (peer: string) => {
    const key = `${proxy.targetPort} ${peer}`;
    const known = clients.get(key) ?? { client: connect(proxy.targetPort), calls: 0 };
    clients.set(key, known);
    known.calls += 1;
    const done = () => {
      known.calls -= 1;
      if (known.calls > 0) return;
      clients.delete(key);
      known.client.close();
    };
    return { client: known.client, done };
  };

  const serve = (definition: ServiceDefinition[string]) => (down: Downstream) => {
    const worker = String(down.metadata.get("hodei-worker-id")[0] ?? "");
    const port = Number(down.getPeer().split(":").at(-1));
    down.on("error", () => {}); // "cancelled" tells the same
    if (worker !== "") ports.set(worker, (ports.get(worker) ?? new Set()).add(port));
    if (worker !== "" && proxy.refuses(worker, port)) return;
    const { client, done } = clientOf(down.getPeer());
    const up: Upstream = client.makeBidiStreamRequest(
      ...[definition.path, same, same, down.metadata],
      { deadline: down.getDeadline() },
    );
    const isControl = definition.path === WORKER_STREAM;
    const tapped = {
      stream: ++state.streams,
      method: definition.path,
      ...{ definition, worker, tap, faults },
    };
    const upward = new MessagePath(down, up, "up", { ...tapped, lose: () => fail(down) });
    const downward = new MessagePath(up, down, "down", { ...tapped, lose: () => fail(down) });
    if (isControl) upward.also = () => believed.get(worker) ?? [];
    down.on("end", () => upward.end());
    down.on("cancelled", () => {
      if (!state.isSplit || !isControl) return void up.cancel();
      believed.set(worker, (believed.get(worker) ?? new Set()).add(up));
      state.believed += 1;
    });
    up.on("metadata", (metadata: Metadata) => down.sendMetadata(metadata));
    up.on("error", () => {}); // "status" tells the same and always comes
    up.on("status", (end: StatusObject) => {
      done();
      believed.get(worker)?.delete(up);
      downward.finish(() => finish(down, end));
    });
  };

  const server = new Server({ "grpc.max_receive_message_length": MESSAGE_BYTES_MAX });
  for (const definition of SERVICES) {
    const raw = Object.entries(definition as ServiceDefinition).map(([name, method]) => [
      name,
      { ...method, ...RAW },
    ]);
    const handlers = Object.entries(definition as ServiceDefinition).map(([name, method]) => [
      name,
      serve(method),
    ]);
    server.addService(Object.fromEntries(raw), Object.fromEntries(handlers));
  }
  const port = await bind(server);
  return Object.assign(proxy, {
    port,
    inject: (fault: MessageFault) => {
      faults.add(fault);
      return () => void faults.delete(fault);
    },
    portsOf: (workerId: string) => [...(ports.get(workerId) ?? [])],
    splitBrain: () => {
      Object.assign(state, { isSplit: true, believed: 0 });
      return {
        get believed() {
          return state.believed;
        },
        get open() {
          return [...believed.values()].reduce((sum, streams) => sum + streams.size, 0);
        },
        mend: () => {
          state.isSplit = false;
        },
      };
    },
    close: () => {
      server.forceShutdown();
      for (const { client } of clients.values()) client.close();
    },
  });
}

/** Every method is a pair of streams of bytes: of one message each where it is unary. */
const RAW = {
  requestStream: true,
  responseStream: true,
  requestSerialize: same,
  requestDeserialize: same,
  responseSerialize: same,
  responseDeserialize: same,
};

const connect = (port: number) =>
  new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    "grpc.use_local_subchannel_pool": 1,
    "grpc.enable_retries": 0,
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 200,
    "grpc.max_receive_message_length": MESSAGE_BYTES_MAX,
  });

function finish(down: Downstream, { code, details, metadata }: StatusObject): void {
  if (down.cancelled) return;
  if (code === status.OK) down.end(metadata);
  else down.emit("error", { code, details, metadata });
}

/** As if the connection had broken before this message came through. */
function fail(down: Downstream): void {
  const details = "the answer was lost";
  finish(down, { code: status.UNAVAILABLE, details, metadata: new Metadata() });
}

function bind(server: Server): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
    error ? reject(error) : resolve(port),
  );
  return promise;
}
