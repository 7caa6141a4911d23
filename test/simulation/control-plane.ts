import { createControlStore } from "#adapters/store/control-store.ts";
import { createHmacTokens } from "#adapters/tokens/hmac-tokens.ts";
import { reconcile } from "#core/application/reconcile.ts";
import type { ReconcileDeps } from "#core/application/reconcile-deps.ts";
import { lookAtWorkers } from "#core/application/watch-machines.ts";
import { NO_TELEMETRY } from "#core/ports/telemetry.ts";
import type { Wake } from "#core/ports/wake.ts";
import { databaseOf } from "./database.ts";
import { INSTALL, PROFILES, TICK_PERIOD_MS, TIMINGS } from "./install.ts";
import { VirtualProcess } from "./timeline.ts";
import type { World } from "./world.ts";

/** Messages of the wake queue are gathered for so long. */
const BATCH_WINDOW_MS = 1_000;
const PASSES_AT_ONCE_MAX = 3;
const FUNCTION_TIMEOUT_MS = 50_000;

const tokens = createHmacTokens({ currentId: "k1", keys: { k1: "a key of the simulation" } });

/** The functions: the tick, and whoever is woken. Each invocation is a process of its own. */
export class ControlPlane {
  readonly #world: World;
  readonly invocations = new Set<VirtualProcess>();
  #invoked = 0;
  #wokenAt = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** The schedule that asks for a look although nothing happened. */
  start(): void {
    const { timeline, faults, draw } = this.#world;
    const tick = () => {
      timeline.after(TICK_PERIOD_MS, null, tick);
      for (let copies = faults.copiesOfHint(); copies > 0; copies -= 1)
        timeline.after(draw.int(0, 3_000), null, () => this.#invoke("tick", reconcile));
    };
    timeline.after(draw.int(0, TICK_PERIOD_MS), null, tick);
  }

  /** How anybody asks for a look: late, more than once, or without being heard. */
  wake(): Wake {
    const { timeline, faults } = this.#world;
    return {
      wake: async (delayMs = 0) => {
        for (let copies = faults.copiesOfHint(); copies > 0; copies -= 1)
          timeline.after(delayMs + faults.hintDelayMs(), null, () => this.#woken());
      },
    };
  }

  /** ECS says that a task stopped: late, more than once, or never. */
  taskStopped(externalId: string): void {
    const { timeline, faults } = this.#world;
    const look = async (deps: ReconcileDeps) => {
      const fleet = await deps.store.fleet();
      await lookAtWorkers(
        deps,
        fleet.filter((worker) => worker.externalId === externalId),
      );
      await reconcile(deps);
    };
    for (let copies = faults.copiesOfHint(); copies > 0; copies -= 1)
      timeline.after(faults.hintDelayMs(), null, () => this.#invoke("event", look));
  }

  #woken(): void {
    const { timeline } = this.#world;
    if (this.#wokenAt > timeline.nowMs) return; // one more in the batch that waits
    this.#wokenAt = timeline.nowMs + BATCH_WINDOW_MS;
    timeline.after(BATCH_WINDOW_MS, null, () => this.#invoke("wake", reconcile));
  }

  #invoke(what: string, run: (deps: ReconcileDeps) => Promise<unknown>): void {
    const { timeline } = this.#world;
    if (this.invocations.size >= PASSES_AT_ONCE_MAX) {
      timeline.after(BATCH_WINDOW_MS, null, () => this.#invoke(what, run));
      return;
    }
    this.#invoked += 1;
    const process = new VirtualProcess(`${what}-${this.#invoked}`, this.#world.skewMs());
    this.invocations.add(process);
    const over = () => {
      this.invocations.delete(process);
      process.kill();
    };
    timeline.after(0, process, () => {
      void run(this.#deps(process)).then(over, (error: Error) => {
        this.#world.note(process.name, `failed: ${error.message}`);
        over();
      });
    });
    timeline.after(FUNCTION_TIMEOUT_MS, null, over);
  }

  #deps(process: VirtualProcess): ReconcileDeps {
    const { draw, ecs } = this.#world;
    return {
      store: createControlStore(databaseOf(this.#world, process), TIMINGS),
      provider: ecs.providerOf(process),
      wake: this.wake(),
      ...{ tokens, profiles: PROFILES, workerEnvironment: {}, installId: INSTALL },
      newId: () => draw.uuid(),
      random: () => draw.fraction(),
      log: this.#world.logOf(process),
      telemetry: NO_TELEMETRY,
      monotonicMs: () => this.#world.timeline.nowMs,
    };
  }
}
