/** A short lease keeps most of itself: the margin is never more than this share of it. */
const MARGIN_SHARE_MAX = 0.2;

export interface FenceOptions {
  /** The worker stops trusting its lease this long before it ends. */
  readonly marginMs: number;
  /** A clock that only goes forward and goes on while the process is stopped, in milliseconds. */
  readonly now: () => number;
  /** Called once, when the trust is over. */
  readonly onFenced: () => void;
}

/**
 * The worker's own trust in its lease.
 *
 * Trust is counted from the instant a heartbeat was *sent*, not from the arrival of its answer: an
 * answer may have lain in a buffer for as long as this process was frozen, while the lease it
 * grants was running. Once over, trust never comes back; the control plane may already have given
 * the work to somebody else.
 */
export class Fence {
  readonly #options: FenceOptions;
  #trustedUntil = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #fenced = false;
  #stopped = false;

  constructor(options: FenceOptions) {
    this.#options = options;
  }

  /** A heartbeat sent at `sentAt` was answered with a lease of `leaseMs`. */
  renew(sentAt: number, leaseMs: number): void {
    if (this.#timer !== undefined && this.isOver()) return;
    const until = sentAt + leaseMs - Math.min(this.#options.marginMs, leaseMs * MARGIN_SHARE_MAX);
    this.#trustedUntil = Math.max(this.#trustedUntil, until);
    this.#arm();
  }

  /**
   * Whether the trust is over; fences at once if so. To be asked before acting on anything received:
   * after a thaw the event loop reads sockets before it runs timers.
   */
  isOver(): boolean {
    if (this.#stopped) return false;
    if (!this.#fenced && this.#options.now() >= this.#trustedUntil) {
      this.#fenced = true;
      clearTimeout(this.#timer);
      this.#options.onFenced();
    }
    return this.#fenced;
  }

  /** The worker is leaving in order: nothing is fenced any more. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    const waitMs = Math.max(0, this.#trustedUntil - this.#options.now());
    this.#timer = setTimeout(() => {
      if (!this.isOver()) this.#arm();
    }, waitMs);
  }
}
