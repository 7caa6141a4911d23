import { createControlStore } from "#adapters/store/control-store.ts";
import { createRunReader } from "#adapters/store/run-reader.ts";
import { cancelRun } from "#core/application/cancel-run.ts";
import { insertAlone, submitRun } from "#core/application/submit-run.ts";
import { isDomainError } from "#core/domain/errors.ts";
import { NO_TELEMETRY } from "#core/ports/telemetry.ts";
import { databaseOf } from "./database.ts";
import { PROFILES, TIMINGS } from "./install.ts";
import { VirtualProcess } from "./timeline.ts";
import { type JobPlan, PLAN_VARIABLE } from "./user-code.ts";
import type { World } from "./world.ts";

const PATIENCE_MS = 5_000;

/** Those who submit runs, repeat what got no answer, and change their minds. */
export class Clients {
  readonly #world: World;
  #calls = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Runs of all kinds, over the first `withinMs`. */
  start(runs: number, withinMs: number): void {
    const { draw, timeline } = this.#world;
    for (let n = 1; n <= runs; n += 1) {
      const spec = this.#spec(`run-${n}`);
      timeline.after(draw.int(0, withinMs), null, () => this.#submit(`run-${n}`, spec));
    }
  }

  #spec(name: string) {
    const { draw } = this.#world;
    const replacement = draw.pick(["AfterGone", "AfterLost"] as const);
    const plan: JobPlan = {
      replacement,
      exitCodes: draw.pick([[0], [0], [1, 0], [1], [1, 1, 0]]),
      runsMs: draw.pick([50, 1_000, 4_000, 15_000]),
      lines: draw.int(0, 6),
      stubborn: draw.chance(0.2),
    };
    return {
      ...{ name, command: ["job"], env: { [PLAN_VARIABLE]: JSON.stringify(plan) } },
      backoffLimit: draw.pick([0, 1, 1, 2]),
      backoff: { initialSeconds: 1, factor: 2, maxSeconds: 4 },
      infrastructureLimit: draw.pick([1, 3, 5]),
      replacement,
      dedicatedWorker: draw.chance(0.15),
      terminationGracePeriodSeconds: draw.pick([0, 2]),
      activeDeadlineSeconds: draw.pick([30, 120, 3600, 3600]),
      ...(draw.chance(0.2) && { attemptTimeoutSeconds: draw.pick([2, 5]) }),
      ...(draw.chance(0.3) && { resources: { cpu: "1", memory: "2Gi" } }),
    };
  }

  /** Until it is answered: the same key, whoever is asked. */
  #submit(key: string, spec: object): void {
    const { draw, timeline, witness } = this.#world;
    const gateway = draw.chance(0.5) ? this.#world.someGateway() : null;
    const process = gateway?.process ?? this.#process();
    const deps = gateway?.submitDeps() ?? this.#submitDeps(process);
    let isAnswered = false;
    const again = (why: string) => {
      if (isAnswered) return;
      isAnswered = true;
      this.#world.note("client", `${key} is not answered: ${why}`);
      timeline.after(draw.int(100, 1_000), null, () => this.#submit(key, spec));
    };
    timeline.after(0, process, () => {
      const request = { spec, idempotencyKey: key, submittedBy: null };
      void submitRun(deps, request).then(
        ({ run }) => {
          if (isAnswered || this.#world.faults.loseAnswer()) return;
          isAnswered = true;
          witness.acknowledged(key, run.id);
          if (draw.chance(0.15)) this.#cancelLater(run.id);
        },
        (error: unknown) => {
          if (isDomainError(error) && error.code === "StoreUnavailable") again(error.code);
          else throw error;
        },
      );
    });
    timeline.after(PATIENCE_MS, null, () => again("no answer"));
  }

  #cancelLater(runId: string): void {
    const { draw, timeline } = this.#world;
    timeline.after(draw.int(0, 30_000), null, () => this.#cancel(runId));
  }

  #cancel(runId: string): void {
    const process = this.#process();
    const { timeline, witness } = this.#world;
    timeline.after(0, process, () => {
      const { store, reader } = this.#stores(process);
      void cancelRun({ store, reader }, runId, null, null).then(
        ({ run }) => witness.cancelled(runId, run.phase),
        (error: unknown) => {
          if (isDomainError(error) && error.code === "StoreUnavailable") this.#cancel(runId);
        },
      );
    });
  }

  /** A function that answers one call. */
  #process(): VirtualProcess {
    this.#calls += 1;
    return new VirtualProcess(`api-${this.#calls}`, this.#world.skewMs());
  }

  #submitDeps(process: VirtualProcess) {
    const { draw, controlPlane } = this.#world;
    const { store, reader } = this.#stores(process);
    return {
      ...{ store, reader, insertRun: insertAlone(store), wake: controlPlane.wake() },
      ...{ profiles: PROFILES, newId: () => draw.uuid(), telemetry: NO_TELEMETRY },
    };
  }

  #stores(process: VirtualProcess) {
    const sql = databaseOf(this.#world, process);
    return { store: createControlStore(sql, TIMINGS), reader: createRunReader(sql) };
  }
}
