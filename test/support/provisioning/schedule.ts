import { placeRuns } from "#core/application/place-runs.ts";
import { reconcile } from "#core/application/reconcile.ts";
import type { ReconcileDeps } from "#core/application/reconcile-deps.ts";
import type { MachineProfile } from "#core/domain/worker/profile.ts";
import type { ControlStore } from "#core/ports/control-store.ts";
import type { Log } from "#core/ports/log.ts";
import { NO_TELEMETRY } from "#core/ports/telemetry.ts";
import type { Bug } from "./bugs.ts";
import { type Chance, chanceOf } from "./chance.ts";
import { KINDS, profile } from "./kinds.ts";
import type { Ledger } from "./law.ts";
import { MemoryInstall } from "./memory-install.ts";
import { MemoryProvider } from "./memory-provider.ts";

const STEPS = 10;
/** A tick in a tick in a tick: more at once show nothing new. */
const DEPTH_MAX = 2;
/** Between two statements of a tick something else happens in one of so many cases. */
const INTERRUPT_ONE_IN = 9;
const CRASH_ONE_IN = 60;
const PAUSES_MS = [100, 1_000, 5_000, 31_000, 61_000, 301_000, 601_000];

const CRASH = Symbol("the tick died here"); // no Error: a hundred thousand stacks take seconds

/**
 * Plays a random schedule: runs come, end and are cancelled, machines are late, refused, doubled or
 * die, streams break, gateways place, and ticks run, several at once, each interrupted or ended
 * between any two of its statements. The tick is the production code; only what is below its ports
 * is in memory. The same seed plays the same schedule.
 */
export async function playSchedule(seed: number, bug?: Bug): Promise<Played> {
  const chance = chanceOf(seed);
  const world = new World(chance, profilesOf(chance), bug);
  for (let step = 0; step < STEPS && world.breach() === null; step += 1) await world.step();
  return { breach: world.breach(), ledger: world.ledger };
}

export interface Played {
  /** What broke the law of provisioning (law.ts) first; null = nothing did. */
  readonly breach: string | null;
  readonly ledger: Ledger;
}

const profilesOf = (chance: Chance): MachineProfile[] => [
  profile({
    ...{ name: "small", minWorkers: chance.below(3), maxWorkers: 2 + chance.below(4) },
    maxRunsPerWorker: chance.oneIn(3) ? 2 : null,
  }),
  profile({ name: "large", cpuMillis: 4000, minWorkers: chance.below(2), maxWorkers: 2 }),
];

const QUIET: Log = { debug() {}, info() {}, warn() {}, error() {} };

class World {
  readonly #chance: Chance;
  readonly #install: MemoryInstall;
  readonly #provider: MemoryProvider;
  readonly #deps: ReconcileDeps;
  #depth = 0;
  #ids = 0;

  constructor(chance: Chance, profiles: readonly MachineProfile[], bug?: Bug) {
    this.#chance = chance;
    this.#install = new MemoryInstall(profiles);
    this.#provider = new MemoryProvider(chance);
    const deps: ReconcileDeps = {
      ...{ profiles, workerEnvironment: {}, installId: "install", log: QUIET },
      ...{ telemetry: NO_TELEMETRY, random: chance.next, monotonicMs: () => 0 },
      store: this.#interrupted(this.#install.store),
      provider: this.#provider,
      wake: { wake: async () => undefined },
      tokens: { issue: () => ({ keyId: "k", sha256: "s" }), derive: () => "token" },
      newId: () => `id-${++this.#ids}`,
    };
    this.#deps = bug === undefined ? deps : bug(deps, this.#install);
  }

  get ledger(): Ledger {
    return this.#install.ledger;
  }

  breach(): string | null {
    const { doubled } = this.#provider;
    return this.#install.breach ?? (doubled === null ? null : `${doubled} has two machines`);
  }

  async step(): Promise<void> {
    const [chance, install] = [this.#chance, this.#install];
    switch (chance.below(16)) {
      case 0:
      case 1:
      case 2:
        for (let more = 1 + chance.below(3); more > 0; more -= 1)
          install.submit(chance.pick(KINDS) ?? "tiny");
        return;
      case 3: {
        const run = chance.pick(install.runs.filter(({ phase }) => phase === "waiting"));
        if (run) install.cancel(run);
        return;
      }
      case 4:
      case 5:
      case 6:
        for (const worker of install.workers)
          if (this.#isAlive(worker.row.externalId) && chance.oneIn(2)) install.comesUp(worker);
        return;
      case 7:
      case 8: {
        const busy = chance.pick(install.workers.filter(({ row }) => row.runId !== null));
        if (busy?.row.connected) install.finishes(busy, chance.oneIn(3));
        return;
      }
      case 9:
        return this.#breaks();
      case 10:
        install.now += chance.pick(PAUSES_MS) ?? 0;
        return;
      case 11:
        return this.#guarded(() => placeRuns({ ...this.#deps, self: null }));
      default:
        return this.#guarded(() => reconcile(this.#deps));
    }
  }

  /** A stream, or the machine below it. */
  #breaks(): void {
    const worker = this.#chance.pick(
      this.#install.workers.filter(({ row }) => row.externalId !== null),
    );
    if (!worker) return;
    const serves = worker.row.phase === "Ready" || worker.row.phase === "Busy";
    const machineDies = this.#chance.oneIn(2);
    if (machineDies) this.#provider.ends(worker.row.externalId);
    if (!serves) return;
    if (machineDies || worker.row.connected) this.#install.streamBreaks(worker);
    else this.#install.streamReturns(worker);
  }

  #isAlive(externalId: string | null): boolean {
    return [...this.#provider.machines.values()].some(
      (machine) => machine.externalId === externalId && machine.state === "running",
    );
  }

  async #guarded(pass: () => Promise<unknown>): Promise<void> {
    if (this.#depth > DEPTH_MAX) return;
    this.#depth += 1;
    try {
      await pass();
    } catch (error) {
      if (error !== CRASH) throw error;
    } finally {
      this.#depth -= 1;
    }
  }

  /** The store as a tick sees it: before each statement anything may happen, and it may be the last. */
  #interrupted({ moves, rest }: MemoryInstall["store"]): ControlStore {
    const entries = Object.entries(moves).map(([name, method]) => [
      name,
      async (...args: readonly unknown[]) => {
        if (this.#chance.oneIn(CRASH_ONE_IN)) throw CRASH;
        if (this.#chance.oneIn(INTERRUPT_ONE_IN)) await this.step();
        return (method as (...given: readonly unknown[]) => Promise<unknown>)(...args);
      },
    ]);
    return { ...rest, ...Object.fromEntries(entries) } as ControlStore;
  }
}
