import { once } from "node:events";
import { type AddressInfo, createServer, type Server, Socket } from "node:net";
import { untilDrained } from "./message-path.ts";

/** Which way bytes go: `up` from who connected to the target, `down` back. */
export type Direction = "up" | "down";

/** What the network does to every byte. Words and meaning are those of Toxiproxy. */
export interface Toxics {
  /** Added to every piece, with a random part of ± jitter. */
  readonly latencyMs: number;
  readonly jitterMs: number;
  /** 0 = as fast as it goes. */
  readonly bytesPerSecond: number;
  /** Pieces of at most this size; 0 = as they come. */
  readonly sliceBytes: number;
}

export interface TcpProxy {
  readonly port: number;
  /** Where new connections go to, on 127.0.0.1. */
  targetPort: number;
  /** From now on; what is left out is gone. */
  toxics(toxics: Partial<Toxics>): void;
  /** Every open connection is reset, on both sides. */
  resetPeers(): void;
  /** Resets every connection and refuses new ones, until `up`. */
  down(): Promise<void>;
  up(): Promise<void>;
  /** Half-open: bytes wait, in these directions, and nobody is told. New connections too. */
  hold(...directions: Direction[]): void;
  /** The same for the one connection that the target knows by this port of ours. */
  holdOne(ownPort: number): void;
  /** Everything held goes on its way. */
  release(): void;
  close(): Promise<void>;
}

const NO_TOXICS: Toxics = { latencyMs: 0, jitterMs: 0, bytesPerSecond: 0, sliceBytes: 0 };
/** A pipe is not read on while this much of it waits. */
const WAITING_BYTES_MAX = 1024 * 1024;

interface Link {
  readonly client: Socket;
  readonly target: Socket;
  held: boolean;
}

/** A proxy on loopback between two sides that do not know of it, to play a bad network. */
export async function startTcpProxy(targetPort = 0): Promise<TcpProxy> {
  const state = { toxics: NO_TOXICS, held: new Set<Direction>() };
  const links = new Set<Link>();
  const released = new Set<() => void>();
  const proxy = { targetPort };
  const untilReleased = () => new Promise<void>((resolve) => released.add(resolve));

  const pass = (link: Link, from: Socket, to: Socket, direction: Direction) => {
    const isHeld = () => link.held || state.held.has(direction);
    const line = new Line(to, () => state.toxics, isHeld, untilReleased);
    from.on("data", (data: Buffer) => {
      from.pause();
      void line.add(data).then(() => from.resume());
    });
    from.on("end", () => void line.end());
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const target = new Socket({ allowHalfOpen: true });
    target.connect({ port: proxy.targetPort, host: "127.0.0.1" });
    const link: Link = { client, target, held: false };
    links.add(link);
    pass(link, client, target, "up");
    pass(link, target, client, "down");
    for (const [one, other] of [[client, target] as const, [target, client] as const]) {
      one.setNoDelay(true);
      one.on("error", () => other.resetAndDestroy());
      one.on("close", () => {
        if (other.closed) links.delete(link);
        else if (!link.held && state.held.size === 0) other.destroySoon();
      });
    }
  });
  const port = await listen(server, 0);
  const resetPeers = () => {
    for (const { client, target } of links) {
      client.resetAndDestroy();
      target.resetAndDestroy();
    }
  };
  const release = () => {
    state.held.clear();
    for (const go of released) go();
    released.clear();
    for (const link of links) {
      link.held = false;
      if (link.client.closed) link.target.resetAndDestroy(); // it hears only now
      if (link.target.closed) link.client.resetAndDestroy();
    }
  };
  const down = async () => {
    const closed = server.listening ? once(server, "close") : null;
    server.close();
    resetPeers();
    await closed;
  };
  return Object.assign(proxy, {
    ...{ port, resetPeers, release, down },
    toxics: (toxics: Partial<Toxics>) => {
      state.toxics = { ...NO_TOXICS, ...toxics };
    },
    up: async () => {
      if (!server.listening) await listen(server, port);
    },
    hold: (...directions: Direction[]) => {
      for (const direction of directions) state.held.add(direction);
    },
    holdOne: (ownPort: number) => {
      for (const link of links) if (link.target.localPort === ownPort) link.held = true;
    },
    close: async () => {
      release();
      await down();
    },
  });
}

/** One direction of one connection: pieces leave in order, each when the network lets it. */
class Line {
  readonly #to: Socket;
  readonly #toxics: () => Toxics;
  readonly #isHeld: () => boolean;
  readonly #untilReleased: () => Promise<void>;
  #last: Promise<void> = Promise.resolve();
  #waitingBytes = 0;

  constructor(
    to: Socket,
    toxics: () => Toxics,
    isHeld: () => boolean,
    untilReleased: () => Promise<void>,
  ) {
    this.#to = to;
    this.#toxics = toxics;
    this.#isHeld = isHeld;
    this.#untilReleased = untilReleased;
  }

  /** Resolves when more may be read: at once, unless too much waits. */
  async add(data: Buffer): Promise<void> {
    const { latencyMs, jitterMs } = this.#toxics();
    const dueAt = performance.now() + latencyMs + (Math.random() * 2 - 1) * jitterMs;
    this.#waitingBytes += data.length;
    this.#last = this.#last.then(() => this.#send(data, dueAt));
    if (this.#waitingBytes > WAITING_BYTES_MAX || this.#to.writableNeedDrain) await this.#last;
  }

  end(): Promise<void> {
    this.#last = this.#last.then(async () => {
      while (this.#isHeld()) await this.#untilReleased();
      this.#to.end();
    });
    return this.#last;
  }

  async #send(data: Buffer, dueAt: number): Promise<void> {
    const { sliceBytes, bytesPerSecond } = this.#toxics();
    const waitMs = dueAt - performance.now();
    if (waitMs > 0) await after(waitMs);
    const step = sliceBytes || data.length;
    for (let at = 0; at < data.length; at += step) {
      while (this.#isHeld()) await this.#untilReleased();
      const piece = data.subarray(at, at + step);
      if (bytesPerSecond > 0) await after((piece.length / bytesPerSecond) * 1000);
      else if (sliceBytes > 0) await after(0); // else the kernel would put them together again
      if (!this.#to.writable) break;
      if (!this.#to.write(piece)) await untilDrained(this.#to);
    }
    this.#waitingBytes -= data.length;
  }
}

const after = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
