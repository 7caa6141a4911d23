import type { Session } from "./session.ts";

/** The streams open at this gateway, by worker. The newest wins; the older one is ended. */
export class Sessions {
  readonly #byWorker = new Map<string, Session>();
  readonly #waiters = new Map<string, Set<() => void>>();

  get size(): number {
    return this.#byWorker.size;
  }

  all(): IterableIterator<Session> {
    return this.#byWorker.values();
  }

  get(workerId: string): Session | undefined {
    return this.#byWorker.get(workerId);
  }

  add(session: Session): void {
    const older = this.#byWorker.get(session.workerId);
    if (older && older.epoch > session.epoch) {
      session.outbox.end();
      return;
    }
    this.#byWorker.set(session.workerId, session);
    older?.outbox.end();
    for (const wake of this.#waiters.get(session.workerId) ?? []) wake();
  }

  /** Removes only this very stream: the end of an old one must not hide the new one. */
  remove(session: Session): boolean {
    if (this.#byWorker.get(session.workerId) !== session) return false;
    return this.#byWorker.delete(session.workerId);
  }

  /** The worker's control stream, which may be a moment behind its logs stream. */
  async waitFor(workerId: string, timeoutMs: number): Promise<Session | undefined> {
    const known = this.get(workerId);
    if (known) return known;
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiters = this.#waiters.get(workerId) ?? new Set();
    this.#waiters.set(workerId, waiters.add(resolve));
    const timer = setTimeout(resolve, timeoutMs);
    await promise;
    clearTimeout(timer);
    waiters.delete(resolve);
    if (waiters.size === 0) this.#waiters.delete(workerId);
    return this.get(workerId);
  }
}
