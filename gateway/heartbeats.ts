import type { Beat } from "#core/ports/control-store.ts";
import type { GatewayDeps } from "./deps.ts";
import { Pass } from "./pass.ts";
import type { Session } from "./session.ts";
import type { Sessions } from "./sessions.ts";

const FLUSH_MS = 1_000;
const FLUSHES_PER_PERIOD = 4;
/** More unanswered heartbeats than this no honest worker has. */
const HEARTBEATS_MAX = 16;

interface Gathered {
  readonly executions: Beat["executions"];
  /** How many heartbeats this stands for; each is answered. 0 = one that we made ourselves. */
  readonly heartbeats: number;
}

/**
 * The heartbeats of all streams of this gateway, gathered: one statement renews the leases of all,
 * and only then they are answered. A stream whose worker does not come back belongs to an older
 * epoch and is ended.
 */
export class Heartbeats {
  readonly #deps: GatewayDeps;
  readonly #sessions: Sessions;
  readonly #onBorn: (sessions: readonly Session[]) => void;
  readonly #pass: Pass;
  #gathered = new Map<Session, Gathered>();

  /** `onBorn`: the first heartbeats of these workers were committed, they can take a run. */
  constructor(
    deps: GatewayDeps,
    sessions: Sessions,
    onBorn: (sessions: readonly Session[]) => void,
  ) {
    this.#deps = deps;
    this.#sessions = sessions;
    this.#onBorn = onBorn;
    this.#pass = new Pass("beat workers", () => this.#flush(), deps.log);
  }

  start(): void {
    const { heartbeatPeriodMs } = this.#deps.timings;
    this.#pass.start(Math.min(FLUSH_MS, heartbeatPeriodMs / FLUSHES_PER_PERIOD));
  }

  stop(): Promise<void> {
    return this.#pass.stop();
  }

  /** A heartbeat, answered after the next gathered write; the first one of a stream goes at once. */
  add(session: Session, executions: Beat["executions"]): void {
    const before = this.#gathered.get(session)?.heartbeats ?? 0;
    const heartbeats = Math.min(before + 1, HEARTBEATS_MAX);
    this.#gathered.set(session, { executions, heartbeats });
    if (session.beatenAt === null) this.#pass.poke();
  }

  async #flush(): Promise<void> {
    this.#standInForOriginals();
    const gathered = new Map([...this.#gathered].filter(([session]) => this.#isOpen(session)));
    this.#gathered = new Map();
    try {
      await this.#write(gathered);
    } catch (error) {
      this.#putBack(gathered);
      throw error;
    }
    this.#deps.telemetry.gauge("streams_open", this.#sessions.size);
  }

  async #write(gathered: ReadonlyMap<Session, Gathered>): Promise<void> {
    const beats = [...gathered].map(([{ workerId, epoch }, { executions }]) => ({
      workerId,
      epoch,
      executions,
    }));
    const answers = await this.#deps.store.beatWorkers(beats);
    const byWorker = new Map(answers.map((answer) => [answer.workerId, answer]));
    for (const [session, { heartbeats }] of gathered) {
      const answer = byWorker.get(session.workerId);
      if (answer) this.#answer(session, heartbeats, answer.lost);
      else session.outbox.end();
    }
    const born = [...gathered.keys()].filter(({ workerId }) => byWorker.get(workerId)?.born);
    if (born.length > 0) this.#onBorn(born);
  }

  /** A worker matches answers to heartbeats by their order, so each heartbeat gets one. */
  #answer(session: Session, heartbeats: number, lost: readonly string[]): void {
    session.beatenAt = performance.now();
    for (const executionId of lost) session.forget(executionId);
    for (let n = 0; n < heartbeats; n += 1)
      if (session.isOriginal) {
        const value = { messageId: this.#deps.newId(), success: true, workerId: session.workerId };
        session.outbox.send({ $case: "ack", value });
      } else {
        const value = { leaseMs: this.#deps.timings.leaseMs, lostExecutionIds: [...lost] };
        session.outbox.send({ $case: "heartbeatAck", value });
      }
  }

  /**
   * The original's worker is silent while a job runs on one CPU: for that generation an open
   * connection counts as life, and the command it was sent as held.
   */
  #standInForOriginals(): void {
    const silentSince = performance.now() - this.#deps.timings.heartbeatPeriodMs;
    for (const session of this.#sessions.all()) {
      const { beatenAt } = session;
      if (!session.isOriginal || beatenAt === null || beatenAt > silentSince) continue;
      if (!this.#gathered.has(session))
        this.#gathered.set(session, { executions: session.held, heartbeats: 0 });
    }
  }

  /** The write failed: the next one carries these as well, with the newest word of each. */
  #putBack(gathered: ReadonlyMap<Session, Gathered>): void {
    for (const [session, older] of gathered) {
      const newer = this.#gathered.get(session);
      this.#gathered.set(session, {
        executions: (newer ?? older).executions,
        heartbeats: Math.min(older.heartbeats + (newer?.heartbeats ?? 0), HEARTBEATS_MAX),
      });
    }
  }

  readonly #isOpen = (session: Session): boolean =>
    this.#sessions.get(session.workerId) === session;
}
