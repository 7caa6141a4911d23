import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import type { Log } from "#core/ports/log.ts";

/** A line for the first refusal, and then no more often: a flood must not fill the log. */
const SAID_AGAIN_MS = 60_000;

export interface ConnectionLimits {
  /** Open at once; a newcomer beyond it is closed. */
  readonly connectionsMax: number;
  /** A connection that brought no whole request for so long is closed. */
  readonly requestWithinMs: number;
  /** A connection that brought some and has no call open for so long is closed. */
  readonly idleMs: number;
}

interface Connection {
  readonly socket: Socket;
  calls: number;
  /** It brought a whole request. */
  served: boolean;
  timer: NodeJS.Timeout;
}

/**
 * How many connections there are, and how long those may stay that ask for nothing: whoever dials and
 * says nothing, or a byte now and then, costs memory for as long as he likes otherwise. grpc-js has no
 * word for this: what it closes after a time without calls, a peer that does not answer keeps half open.
 */
export class ConnectionBounds {
  readonly #limits: ConnectionLimits;
  readonly #log: Log;
  readonly #byPeer = new Map<string, Connection>();
  #saidAt = Number.NEGATIVE_INFINITY;

  constructor(limits: ConnectionLimits, log: Log) {
    this.#limits = limits;
    this.#log = log;
  }

  get open(): number {
    return this.#byPeer.size;
  }

  /** Watches every connection to this port from now on, until the answer is called. */
  guard(port: number): () => void {
    const onAccepted = (message: unknown) => {
      const { socket } = message as { socket: Socket };
      if (socket.localPort === port) this.#accept(socket);
    };
    // In Node's documentation of the module diagnostics_channel.
    subscribe("net.server.socket", onAccepted);
    return () => void unsubscribe("net.server.socket", onAccepted);
  }

  /** A call began on the connection of this peer (address and port). */
  began(peer: string): void {
    const connection = this.#byPeer.get(peer);
    if (!connection) return;
    connection.calls += 1;
    if (connection.served) clearTimeout(connection.timer);
  }

  /** A request of that call is here as a whole. */
  served(peer: string): void {
    const connection = this.#byPeer.get(peer);
    if (!connection) return;
    connection.served = true;
    clearTimeout(connection.timer);
  }

  /** That call is over. */
  ended(peer: string): void {
    const connection = this.#byPeer.get(peer);
    if (!connection) return;
    connection.calls -= 1;
    if (connection.served && connection.calls === 0) this.#closeAfter(connection, "idle");
  }

  #accept(socket: Socket): void {
    if (this.#byPeer.size >= this.#limits.connectionsMax) {
      socket.destroy();
      this.#sayRefused();
      return;
    }
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    const connection: Connection = { socket, calls: 0, served: false, timer: NEVER };
    this.#byPeer.set(peer, connection);
    this.#closeAfter(connection, "silent");
    socket.once("close", () => {
      clearTimeout(connection.timer);
      if (this.#byPeer.get(peer) === connection) this.#byPeer.delete(peer);
    });
  }

  #closeAfter(connection: Connection, why: "silent" | "idle"): void {
    const { requestWithinMs, idleMs } = this.#limits;
    clearTimeout(connection.timer);
    connection.timer = setTimeout(
      () => {
        this.#log.debug({ why }, "a connection without calls was closed");
        connection.socket.destroy();
      },
      why === "silent" ? requestWithinMs : idleMs,
    );
    connection.timer.unref();
  }

  #sayRefused(): void {
    const now = performance.now();
    if (now - this.#saidAt < SAID_AGAIN_MS) return;
    this.#saidAt = now;
    const { connectionsMax } = this.#limits;
    this.#log.warn({ connectionsMax }, "too many connections: newcomers are closed");
  }
}

const NEVER = setTimeout(() => {}, 0);
clearTimeout(NEVER);
