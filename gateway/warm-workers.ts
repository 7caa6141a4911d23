import { isPlain } from "#core/domain/reconcile/prefer-workers.ts";
import type { Strategy } from "#core/domain/spec/run-spec.ts";
import { fits, type Offer, type Placement, waste } from "#core/domain/worker/fit.ts";
import type { Session } from "./session.ts";

interface Kind {
  readonly offer: Offer;
  /** Idle for longest first. */
  readonly sessions: Set<Session>;
}

/**
 * Workers of this gateway's streams that were ready a moment ago and that no waiting run wanted: a run
 * that is submitted may propose one of them, and is stored and placed by one statement. A guess, and
 * made of no rows: the statement asks the worker's row, and a run whose proposal is refused waits as
 * any other does. What is missing here costs a look.
 */
export class WarmWorkers {
  readonly #kinds = new Map<string, Kind>();
  /** What the install prefers, as the last look read it. */
  strategy: Strategy = "packing";

  add(session: Session): void {
    if (session.dedicatedRunId !== null) return; // it waits for its own run
    const key = session.offerKey;
    const kind = this.#kinds.get(key) ?? { offer: session.offer, sessions: new Set() };
    this.#kinds.set(key, kind);
    kind.sessions.add(session);
  }

  remove(session: Session): void {
    const kind = this.#kinds.get(session.offerKey);
    if (kind?.sessions.delete(session) && kind.sessions.size === 0)
      this.#kinds.delete(session.offerKey);
  }

  /** Nothing for a run that prefers something: a look knows more. The tightest fit, and of equal ones the one idle for longest; it is here no more. */
  take(placement: Placement): Session | undefined {
    if (placement.dedicatedWorker || !isPlain(placement, this.strategy)) return undefined;
    let best: Kind | undefined;
    for (const kind of this.#kinds.values())
      if (
        fits(placement, kind.offer) &&
        !(best && waste(placement, best.offer) <= waste(placement, kind.offer))
      )
        best = kind;
    const [session] = best?.sessions ?? [];
    if (session) this.remove(session);
    return session;
  }
}
