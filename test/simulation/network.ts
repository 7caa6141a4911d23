import { EventEmitter } from "node:events";
import { Metadata, type StatusObject, status } from "@grpc/grpc-js";
import type { VirtualProcess } from "./timeline.ts";
import type { VirtualGateway } from "./virtual-gateway.ts";
import type { World } from "./world.ts";

/** A peer that is not there says so at once; one that is cut off is given up after this long. */
const RESET_MS = 30;
const GIVEN_UP_MS = 30_000;

/** Between a machine and the gateways: it may be cut off for a while. */
export class Wire {
  readonly #world: World;
  cutUntil = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** How long something takes that is sent now; while the wire is cut it waits. */
  delayMs(): number {
    const { timeline, faults } = this.#world;
    return Math.max(0, this.cutUntil - timeline.nowMs) + faults.networkDelayMs();
  }
}

/** What can befall a stream, whatever it carries. */
export interface Breakable {
  joins(process: VirtualProcess): boolean;
  broken(): void;
  cutOff(): void;
}

type Handler = (...args: never[]) => unknown;

/** One stream of gRPC between a worker's process and a gateway's, each with its half. */
export class VirtualStream<Up, Down> implements Breakable {
  readonly client: ClientHalf<Up, Down>;
  readonly server: ServerHalf<Up, Down>;
  readonly #world: World;
  readonly #wire: Wire;
  readonly #worker: VirtualProcess;
  readonly #gateway: VirtualGateway;
  /** Sees what the gateway says, when it says it. */
  readonly said: (message: Down) => void;
  #upAt = 0;
  #downAt = 0;
  #over = false;

  constructor(
    world: World,
    ends: { wire: Wire; worker: VirtualProcess; gateway: VirtualGateway; metadata: Metadata },
    serve: (call: never) => void,
    said: (message: Down) => void = () => {},
  ) {
    this.said = said;
    this.#world = world;
    this.#wire = ends.wire;
    this.#worker = ends.worker;
    this.#gateway = ends.gateway;
    this.client = new ClientHalf(this);
    this.server = new ServerHalf(this, ends.worker.name, ends.metadata);
    world.timeline.after(this.#wire.delayMs(), null, () => {
      if (!ends.gateway.process.alive) this.broken();
    });
    this.up(() => serve(this.server as never));
    world.streams.add(this);
  }

  get over(): boolean {
    return this.#over;
  }

  joins(process: VirtualProcess): boolean {
    return process === this.#worker || process === this.#gateway.process;
  }

  /** In order, as long as the stream lives. */
  up(act: () => void): void {
    this.#upAt = Math.max(this.#upAt, this.#world.timeline.nowMs + this.#wire.delayMs()) + 0.001;
    this.#planAt(this.#upAt, this.#gateway.process, act);
  }

  down(act: () => void): void {
    this.#downAt =
      Math.max(this.#downAt, this.#world.timeline.nowMs + this.#wire.delayMs()) + 0.001;
    this.#planAt(this.#downAt, this.#worker, act);
  }

  /** The gateway ended it, in order or with a status; what was sent before arrives before. */
  endedByServer(code: status, details: string): void {
    this.down(() => this.#end({ code, details, metadata: new Metadata() }));
  }

  /** The connection is gone: each side learns of it by itself, what was on its way is lost. */
  broken(): void {
    if (this.#over) return;
    this.#end({ code: status.UNAVAILABLE, details: "connection lost", metadata: new Metadata() });
  }

  /** The wire is cut: nobody is told, until keepalive gives up. */
  cutOff(): void {
    const { timeline } = this.#world;
    timeline.after(GIVEN_UP_MS, null, () => {
      if (this.#wire.cutUntil > timeline.nowMs) this.broken();
    });
  }

  #end(how: StatusObject): void {
    if (this.#over) return;
    this.#over = true;
    this.#world.streams.delete(this);
    const { timeline } = this.#world;
    timeline.after(RESET_MS, this.#worker, () => this.client.finish(how));
    timeline.after(RESET_MS, this.#gateway.process, () => this.server.finish());
  }

  #planAt(dueMs: number, process: VirtualProcess, act: () => void): void {
    const unlessOver = () => {
      if (!this.#over) act();
    };
    this.#world.timeline.after(0, process, unlessOver, { notBefore: dueMs });
  }
}

/** What the worker's code has in its hands: a ClientDuplexStream, as far as it is used. */
export class ClientHalf<Up, Down> extends EventEmitter {
  readonly #stream: VirtualStream<Up, Down>;
  #finished = false;

  constructor(stream: VirtualStream<Up, Down>) {
    super();
    this.#stream = stream;
  }

  write(message: Up): boolean {
    if (!this.#finished) this.#stream.up(() => this.#stream.server.take(message));
    return true;
  }

  end(): void {
    this.#stream.up(() => this.#stream.server.emit("end"));
  }

  cancel(): void {
    this.#finished = true;
    this.#stream.broken();
  }

  take(message: Down): void {
    if (!this.#finished) this.emit("data", message);
  }

  finish(how: StatusObject): void {
    if (this.#finished) return;
    this.#finished = true;
    this.emit("status", how);
  }
}

/** What the gateway's code has in its hands: a ServerDuplexStream, as far as it is used. */
export class ServerHalf<Up, Down> extends EventEmitter {
  readonly metadata: Metadata;
  readonly #stream: VirtualStream<Up, Down>;
  readonly #peer: string;
  readonly #unread: Up[] = [];
  #paused = false;
  destroyed = false;
  cancelled = false;

  constructor(stream: VirtualStream<Up, Down>, peer: string, metadata: Metadata) {
    super();
    this.#stream = stream;
    this.#peer = peer;
    this.metadata = metadata;
    this.on("error", ({ code, details }: { code: status; details?: string }) => {
      this.destroyed = true;
      stream.endedByServer(code, details ?? "");
    });
  }

  getPeer(): string {
    return this.#peer;
  }

  sendMetadata(): void {}

  write(message: Down): boolean {
    if (this.destroyed) return true;
    this.#stream.said(message);
    this.#stream.down(() => this.#stream.client.take(message));
    return true;
  }

  end(): void {
    this.#stream.endedByServer(status.OK, "");
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    while (!this.#paused && this.#unread.length > 0) this.emit("data", this.#unread.shift());
  }

  take(message: Up): void {
    if (this.destroyed) return;
    if (this.#paused) this.#unread.push(message);
    else this.emit("data", message);
  }

  finish(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.cancelled = true;
    this.emit("cancelled", "cancelled");
    this.emit("close");
  }
}

/** A single call of a worker to a gateway, answered or not. */
export function unaryCall<Request, Response>(
  world: World,
  ends: { wire: Wire; worker: VirtualProcess; gateway: VirtualGateway; metadata: Metadata },
  handler: Handler,
  request: Request,
  answer: (error: { code: status; details: string } | null, response?: Response) => void,
): void {
  const { wire, worker, gateway, metadata } = ends;
  const { timeline, faults } = world;
  const isLost = faults.loseAnswer();
  let isAnswered = false;
  const once = (error: { code: status; details: string } | null, response?: Response) => {
    if (isAnswered) return;
    isAnswered = true;
    answer(error, response);
  };
  const unavailable = { code: status.UNAVAILABLE, details: "connection lost" };
  const back = (error: { code: status; details: string } | null, response?: Response) => {
    if (!isLost) timeline.after(wire.delayMs(), worker, () => once(error, response));
  };
  const call = { request, metadata, getPeer: () => worker.name, cancelled: false };
  timeline.after(wire.delayMs(), gateway.process, () => {
    handler(call as never, back as never);
  });
  const patienceMs = gateway.process.alive ? 10_000 : RESET_MS;
  timeline.after(patienceMs, worker, () => once(unavailable));
}
