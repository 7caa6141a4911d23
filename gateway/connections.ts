const CONNECTIONS_MAX = 20_000;

/**
 * Which workers registered on which connection: the original's workers send no credential on their
 * stream, so a stream may bind only to a worker that registered on the same connection (peer
 * address and port, which an HTTP load balancer would hide). Bounded; the oldest is forgotten.
 */
export class Connections {
  readonly #byPeer = new Map<string, Map<string, string>>();

  registered(peer: string, workerId: string, sessionSha256: string): void {
    const workers = this.#byPeer.get(peer) ?? new Map<string, string>();
    this.#byPeer.delete(peer);
    this.#byPeer.set(peer, workers.set(workerId, sessionSha256));
    const [oldest] = this.#byPeer.keys();
    if (this.#byPeer.size > CONNECTIONS_MAX && oldest !== undefined) this.#byPeer.delete(oldest);
  }

  sessionOf(peer: string, workerId: string): string | null {
    return this.#byPeer.get(peer)?.get(workerId) ?? null;
  }

  /** This worker's stream is over: the original's workers come back on a new connection. */
  forget(peer: string, workerId: string): void {
    const workers = this.#byPeer.get(peer);
    workers?.delete(workerId);
    if (workers?.size === 0) this.#byPeer.delete(peer);
  }
}
