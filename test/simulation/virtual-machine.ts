import { Metadata, status } from "@grpc/grpc-js";
import type { Logger } from "pino";
import { sha256Hex } from "#adapters/tokens/hmac-tokens.ts";
import type {
  LogChunkAck,
  RegisterWorkerRequest,
  RegisterWorkerResponse,
  ServerMessage,
  WorkerAgentServiceClient,
} from "#proto/hodei.ts";
import { Agent } from "../../worker/agent.ts";
import { reconnectDelayMs } from "../../worker/backoff.ts";
import type { Results } from "../../worker/result-store.ts";
import { TIMINGS } from "./install.ts";
import { type ClientHalf, unaryCall, VirtualStream, Wire } from "./network.ts";
import { VirtualProcess } from "./timeline.ts";
import { UserCode } from "./user-code.ts";
import type { VirtualGateway } from "./virtual-gateway.ts";
import type { World } from "./world.ts";

interface MachineOptions {
  readonly token: string;
  readonly workerId: string;
  readonly name: string;
  readonly exited: (code: number) => void;
}

/** A machine with a worker on it: the agent is the real one, what it stands on is not. */
export class VirtualMachine {
  readonly process: VirtualProcess;
  readonly wire: Wire;
  readonly #world: World;
  readonly #options: MachineOptions;
  readonly #sessionSecret: string;
  readonly #codes = new Set<UserCode>();
  #agent: Agent | null = null;
  #isTerminating = false;

  constructor(world: World, options: MachineOptions) {
    this.#world = world;
    this.#options = options;
    this.#sessionSecret = world.draw.uuid();
    this.process = new VirtualProcess(options.name, world.skewMs());
    this.wire = new Wire(world);
    world.machines.push(this);
  }

  /** User code that runs here. */
  get codes(): readonly UserCode[] {
    return [...this.#codes];
  }

  boot(): void {
    const { timeline, draw, faults } = this.#world;
    timeline.after(0, this.process, () => this.#register(0));
    if (faults.tokenIsSeen()) timeline.after(draw.int(0, 15_000), null, () => this.#eavesdrop());
  }

  /** SIGTERM. */
  terminate(): void {
    this.#world.timeline.after(0, this.process, () => {
      this.#isTerminating = true;
      if (this.#agent) this.#agent.leave("signal");
      else this.#exit(0);
    });
  }

  /** The machine is gone, with everything on it. */
  kill(): void {
    this.process.kill();
    for (const code of this.#codes) code.vanish();
    for (const stream of [...this.#world.streams]) if (stream.joins(this.process)) stream.broken();
  }

  /** The agent stands still; what it started goes on, unless the whole machine is frozen. */
  freeze(untilMs: number, whole: boolean): void {
    this.process.freeze(untilMs);
    if (whole) for (const code of this.#codes) code.process.freeze(untilMs);
  }

  cutOff(untilMs: number): void {
    this.wire.cutUntil = Math.max(this.wire.cutUntil, untilMs);
    for (const stream of this.#world.streams) if (stream.joins(this.process)) stream.cutOff();
  }

  #register(failures: number): void {
    const sentAt = this.#world.timeline.nowMs;
    const request = this.#registration(this.#sessionSecret);
    const gateway = this.#world.someGateway();
    const again = () => {
      setTimeout(() => this.#register(failures + 1), reconnectDelayMs(failures));
    };
    if (!gateway) {
      again();
      return;
    }
    this.#call(gateway, "register", new Metadata(), request, (error, response) => {
      const answer = response as RegisterWorkerResponse | undefined;
      this.#world.note(this.process.name, `registers: ${error?.details ?? "done"}`);
      if (answer) this.#serve(sentAt, answer.leaseMs);
      else if (error?.code === status.UNAUTHENTICATED) this.#exit(1);
      else again();
    });
  }

  #registration(sessionSecret: string): RegisterWorkerRequest {
    const { token, workerId } = this.#options;
    return {
      ...{ authToken: token, sessionId: "", protocolVersion: 1 },
      workerInfo: { ...NO_INFO, workerId: { value: workerId }, name: this.process.name },
      sessionSha256: sha256Hex(sessionSecret),
    };
  }

  /** Somebody saw the token where it travels, and says that he is the worker. */
  #eavesdrop(): void {
    const thief = new VirtualProcess(`thief of ${this.process.name}`);
    const gateway = this.#world.someGateway();
    if (!gateway) return;
    const secret = this.#world.draw.uuid();
    const ends = { wire: new Wire(this.#world), worker: thief, gateway, metadata: new Metadata() };
    const request = this.#registration(secret);
    unaryCall(this.#world, ends, gateway.service.register, request, (error, response) => {
      this.#world.note(thief.name, `registers: ${error?.details ?? "done"}`);
      if (response) this.#world.witness.registered(this.#options.workerId, sha256Hex(secret));
    });
  }

  #serve(sentAt: number, leaseMs: number): void {
    if (this.#agent) return; // an answer that came after the next one's
    const { workerId, token } = this.#options;
    this.#world.witness.registered(workerId, sha256Hex(this.#sessionSecret));
    const log = this.#world.logOf(this.process) as unknown as Logger;
    const agent = new Agent({
      config: {
        ...{ workerId, token, workerName: this.process.name, cleanupTimeoutMs: 0, workDir: "" },
        ...{ logLevel: "info", server: { target: "", tls: null } },
      },
      registration: {
        ...{ sessionSecret: this.#sessionSecret, sentAt, leaseMs },
        heartbeatPeriodMs: TIMINGS.heartbeatPeriodMs,
        client: this.#client(),
      },
      ...{ env: {}, log },
      machine: {
        makeClient: () => this.#client(),
        results: memoryResults(),
        usage: { look: () => ({ cpuCores: 0, memoryBytes: 0 }) },
        makeTools: () => ({ place: null, open: async () => {}, close: async () => {} }),
        execute: (options) => {
          const code = new UserCode(this.#world, this.process, options);
          this.#codes.add(code);
          void code.over.then(() => this.#codes.delete(code));
          return code;
        },
      },
    });
    this.#agent = agent;
    void agent.run().then((code) => this.#exit(code));
    if (this.#isTerminating) agent.leave("signal");
  }

  #exit(code: number): void {
    if (!this.process.alive) return;
    this.#agent?.kill(); // as the process's own exit does
    this.#world.note(this.process.name, `exits with ${code}`);
    this.kill();
    this.#options.exited(code);
  }

  /** A connection to whichever gateway the name leads to. */
  #client(): WorkerAgentServiceClient {
    const gateway = this.#world.someGateway() ?? this.#world.deadGateway;
    const world = this.#world;
    const open = (metadata: Metadata) => ({ ...this.#ends(gateway), metadata });
    const client: Partial<Record<keyof WorkerAgentServiceClient, unknown>> = {
      workerStream: (metadata: Metadata) =>
        this.#controlStream(
          new VirtualStream(world, open(metadata), gateway.service.workerStream, (message) =>
            world.witness.said(message as ServerMessage),
          ).client,
        ),
      streamLogs: (metadata: Metadata) =>
        new VirtualStream(world, open(metadata), gateway.service.streamLogs, (ack) =>
          world.witness.outputAcknowledged(ack as LogChunkAck),
        ).client,
      unregisterWorker: (
        request: unknown,
        metadata: Metadata,
        _options: unknown,
        answer: (error: { code: status; details: string } | null) => void,
      ) => this.#call(gateway, "unregisterWorker", metadata, request, answer),
      close: () => {},
    };
    return client as unknown as WorkerAgentServiceClient;
  }

  /** With a certain bug, what starts a command comes along with it. */
  #controlStream(client: ClientHalf<unknown, unknown>) {
    if (this.#world.plant.ignoresGate)
      client.prependListener("data", ({ payload }: ServerMessage) => {
        if (payload?.$case !== "runJob") return;
        const { executionId, fence } = payload.value;
        const start: ServerMessage = { payload: { $case: "start", value: { executionId, fence } } };
        queueMicrotask(() => client.emit("data", start));
      });
    return client;
  }

  #call(
    gateway: VirtualGateway,
    method: "register" | "unregisterWorker",
    metadata: Metadata,
    request: unknown,
    answer: (error: { code: status; details: string } | null, response?: unknown) => void,
  ): void {
    const ends = { ...this.#ends(gateway), metadata };
    unaryCall(this.#world, ends, gateway.service[method], request, answer);
  }

  #ends(gateway: VirtualGateway) {
    return { wire: this.wire, worker: this.process, gateway };
  }
}

const NO_INFO = {
  ...{ version: "", hostname: "", ipAddress: "", osInfo: "", architecture: "" },
  ...{ capabilities: [], taints: [], labels: {}, tolerations: [] },
};

/** A machine that is gone takes its disk along: nothing is ever found on it. */
const memoryResults = (): Results => ({
  scratchDir: () => "",
  open: async () => ({ results: [], unfinished: [] }),
  markStarted: async () => {},
  save: async () => {},
  forget: async () => {},
  close: async () => {},
});
