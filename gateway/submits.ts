import type {
  Dispatch,
  InsertedRun,
  NewRun,
  Proposal,
  SubmittingGateway,
} from "#core/ports/control-store.ts";
import type { GatewayDeps } from "./deps.ts";
import { GatheredSubmits } from "./gathered-submits.ts";
import type { Session } from "./session.ts";
import type { WarmWorkers } from "./warm-workers.ts";

const PROPOSALS_PER_STATEMENT = 100;
/** What a dispatch of a run says that was placed a moment ago. */
export const RUN_IT = { attemptPhase: "Assigned", stop: false, reason: null } as const;

type SubmitsDeps = Pick<GatewayDeps, "store" | "gatewayId" | "newId" | "telemetry">;

/**
 * How a gateway stores runs: gathered with others, and placed by the same statement where a warm
 * worker fits, whose stream is told at once. The others wait for a look.
 */
export class Submits {
  readonly #deps: SubmitsDeps;
  readonly #warm: WarmWorkers;
  readonly #deliver: (dispatch: Dispatch) => void;
  readonly #gathered = new GatheredSubmits((runs) => this.insertMany(runs));

  constructor(deps: SubmitsDeps, warm: WarmWorkers, deliver: (dispatch: Dispatch) => void) {
    this.#deps = deps;
    this.#warm = warm;
    this.#deliver = deliver;
  }

  /** Stores one run, in company of those that arrive meanwhile. */
  insert(run: NewRun): Promise<InsertedRun> {
    return this.#gathered.insert(run);
  }

  /** Stores these runs by one statement. No id or key may stand in it twice. */
  async insertMany(runs: readonly NewRun[]): Promise<InsertedRun[]> {
    const proposed = this.#propose(runs);
    const proposals = [...proposed.values()].map(({ proposal }) => proposal);
    try {
      const by: SubmittingGateway = { gatewayId: this.#deps.gatewayId, proposals };
      const inserted = await this.#deps.store.insertRuns(runs, by);
      for (const [at, one] of inserted.entries()) this.#settle(runs[at], one, proposed.get(one.id));
      return inserted;
    } catch (error) {
      for (const { session } of proposed.values()) this.#warm.add(session);
      throw error;
    }
  }

  /** Resolves when everything that was handed in is answered. */
  idle(): Promise<void> {
    return this.#gathered.idle();
  }

  #propose(runs: readonly NewRun[]): ReadonlyMap<string, Proposed> {
    const proposed = new Map<string, Proposed>();
    for (const { id: runId, placement, spec } of runs) {
      if (proposed.size >= PROPOSALS_PER_STATEMENT) break;
      const startsNow = spec.startAfter === null && !spec.suspend;
      const session = startsNow ? this.#warm.take(placement) : undefined;
      if (!session) continue;
      const { workerId, epoch } = session;
      const executionId = this.#deps.newId();
      proposed.set(runId, { session, proposal: { runId, workerId, epoch, executionId } });
    }
    return proposed;
  }

  #settle(run: NewRun | undefined, { stored }: InsertedRun, proposed: Proposed | undefined): void {
    if (!run || !proposed) return;
    const { session, proposal } = proposed;
    if (!stored)
      this.#warm.add(session); // the run was there already, nobody took the worker
    else if (stored.workerId === null)
      this.#deps.telemetry.count("stale_writes_total", { statement: "insert-runs" });
    else
      this.#deliver({
        ...{ ...proposal, fence: 1, name: run.spec.name, spec: run.spec, parameters: null },
        ...RUN_IT,
        deadlineInMs: (stored.deadlineAt ?? Number.MAX_SAFE_INTEGER) - stored.createdAt,
      });
  }
}

interface Proposed {
  readonly session: Session;
  readonly proposal: Proposal;
}
