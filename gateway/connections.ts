const CONNECTIONS_MAX = 20_000;

interface Registered {
  readonly sessionSha256: string;
  /** It came back with the session it had: a worker of the later generation. */
  readonly returned: boolean;
  /** Its stream on this connection is over: all that is left to say here is goodbye. */
  readonly streamOver: boolean;
}

/**
 * Which workers registered on which connection: the original's workers send no credential on their
 * stream, so a stream may bind only to a worker that registered on the same connection (peer
 * address and port, which an HTTP load balancer would hide). Bounded; the oldest is forgotten.
 */
export class Connections {
  readonly #byPeer = new Map<string, Map<string, Registered>>();

  registered(peer: string, workerId: string, session: Omit<Registered, "streamOver">): void {
    const workers = this.#byPeer.get(peer) ?? new Map<string, Registered>();
    this.#byPeer.delete(peer);
    this.#byPeer.set(peer, workers.set(workerId, { ...session, streamOver: false }));
    const [oldest] = this.#byPeer.keys();
    if (this.#byPeer.size > CONNECTIONS_MAX && oldest !== undefined) this.#byPeer.delete(oldest);
  }

  /** What a new stream on this connection binds to; null = nothing, its worker registers first. */
  sessionOf(peer: string, workerId: string): Registered | null {
    const registered = this.#byPeer.get(peer)?.get(workerId);
    return registered && !registered.streamOver ? registered : null;
  }

  /** The session of a worker that says goodbye here, which it does when its stream is over. */
  sessionLeaving(peer: string, workerId: string): string | null {
    return this.#byPeer.get(peer)?.get(workerId)?.sessionSha256 ?? null;
  }

  /** The first generation says goodbye now; the later one registers again before it streams. */
  streamOver(peer: string, workerId: string): void {
    const workers = this.#byPeer.get(peer);
    const registered = workers?.get(workerId);
    if (registered) workers?.set(workerId, { ...registered, streamOver: true });
  }

  /** Said goodbye. */
  forget(peer: string, workerId: string): void {
    const workers = this.#byPeer.get(peer);
    workers?.delete(workerId);
    if (workers?.size === 0) this.#byPeer.delete(peer);
  }
}
