import { readViolations, type Violation } from "#adapters/store/reads/invariants.ts";
import { defineStatement } from "#adapters/store/sql-client.ts";
import type { RunPhase } from "#core/domain/job-run/phase.ts";
import { isFinal } from "#core/domain/spec/api.ts";
import { PROFILES } from "./install.ts";
import type { Finding } from "./witness.ts";
import type { World } from "./world.ts";

interface RunRow {
  readonly id: string;
  readonly fence: number;
  readonly phase: RunPhase;
  readonly reason: string | null;
}
interface WorkerRow {
  readonly id: string;
  readonly epoch: number;
  readonly phase: string;
  readonly profile: string;
}
interface Seen {
  readonly runs: readonly RunRow[];
  readonly workers: readonly WorkerRow[];
  /** Attempts that a tick ended because the lease of their worker was over. */
  readonly leasesOver: readonly string[];
}

const readRows = defineStatement(
  "simulation-read-rows",
  `select jsonb_build_object(
    'runs', coalesce((select jsonb_agg(jsonb_build_object('id', r.id, 'fence', r.fence, 'phase', r.phase,
      'reason', r.reason) order by r.id) from hodei.run r), '[]'),
    'workers', coalesce((select jsonb_agg(jsonb_build_object('id', w.id, 'epoch', w.session_epoch,
      'phase', w.phase, 'profile', w.profile) order by w.id) from hodei.worker w), '[]'),
    'leasesOver', coalesce((select jsonb_agg(a.execution_id order by a.execution_id) from hodei.attempt a
      join hodei.worker w on w.id = a.worker_id where a.phase = 'Lost' and w.reason = 'LeaseOver'), '[]')
  ) as doc`,
);

const readStart = defineStatement(
  "simulation-read-start",
  `select jsonb_build_object('phase', a.phase) as doc from hodei.attempt a
  where a.execution_id = :executionId::uuid`,
);

/** The invariants of the protocol, looked at after every change of the rows. */
export class Invariants {
  readonly #world: World;
  readonly #runs = new Map<string, RunRow>();
  readonly #workers = new Map<string, WorkerRow>();

  constructor(world: World) {
    this.#world = world;
  }

  async check(): Promise<void> {
    const { timeline } = this.#world;
    const violations = await this.#world.ask<Violation>(readViolations, { limit: 10 });
    for (const { invariant, id, detail } of violations)
      this.#world.found({ invariant, detail: `${id}: ${detail}` });
    const [rows] = await this.#world.ask<Seen>(readRows);
    if (!rows) return;
    for (const finding of [
      ...rows.runs.flatMap((run) => this.#runMoved(run)),
      ...rows.workers.flatMap((worker) => this.#workerMoved(worker)),
      ...crowded(rows.workers),
      ...this.#outlived(new Set(rows.leasesOver), timeline.nowMs),
    ])
      this.#world.found(finding);
  }

  /** Code began: its attempt must be the one that runs. */
  async checkStart(executionId: string): Promise<void> {
    const [row] = await this.#world.ask<{ phase: string }>(readStart, { executionId });
    if (row?.phase !== "Running")
      this.#world.found({
        invariant: "code-starts-after-its-accept",
        detail: `attempt of execution ${executionId} is ${row?.phase ?? "not there"}`,
      });
  }

  #runMoved(run: RunRow): Finding[] {
    const before = this.#runs.get(run.id);
    this.#runs.set(run.id, run);
    if (!before) return [];
    const was = `${before.phase} ${before.reason} at fence ${before.fence}`;
    const is = `${run.phase} ${run.reason} at fence ${run.fence}`;
    if (isFinal(before.phase) && was !== is)
      return [{ invariant: "final-is-never-left", detail: `${run.id}: ${was}, then ${is}` }];
    if (run.fence < before.fence)
      return [{ invariant: "fences-rise", detail: `${run.id}: ${was}, then ${is}` }];
    return [];
  }

  #workerMoved(worker: WorkerRow): Finding[] {
    const before = this.#workers.get(worker.id);
    this.#workers.set(worker.id, worker);
    if (before && worker.epoch < before.epoch)
      return [{ invariant: "epochs-rise", detail: worker.id }];
    if (before?.phase === "Terminated" && worker.phase !== "Terminated")
      return [{ invariant: "terminated-is-never-left", detail: worker.id }];
    return [];
  }

  /** Code whose agent is awake ends before the database calls the lease over. */
  #outlived(leasesOver: ReadonlySet<string>, nowMs: number): Finding[] {
    return [...this.#world.witness.running]
      .filter(
        ({ command, agent }) =>
          leasesOver.has(command.executionId) && agent.frozenUntil < nowMs - 1,
      )
      .map(({ command }) => ({
        invariant: "code-ends-before-its-lease",
        detail: `run ${command.runId} at fence ${command.fence}`,
      }));
  }
}

/** More workers of a pool than it may have. */
function crowded(workers: readonly WorkerRow[]): Finding[] {
  const living = workers.filter(({ phase }) => phase !== "Terminated");
  return PROFILES.flatMap(({ name, maxWorkers }) => {
    const count = living.filter(({ profile }) => profile === name).length;
    if (count <= maxWorkers) return [];
    return [{ invariant: "pool-within-its-maximum", detail: `${count} workers of ${name}` }];
  });
}
