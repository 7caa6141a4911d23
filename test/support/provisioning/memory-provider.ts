import {
  type LaunchRequest,
  type Machine,
  type Provider,
  ProviderError,
} from "#core/ports/provider.ts";
import type { Chance } from "./chance.ts";

// Made once: a stack for each would take seconds.
const NONE_LEFT = new ProviderError("no-capacity", "none left");
const ANSWER_LOST = new ProviderError("unavailable", "the answer was lost");

/** A provider that refuses, and loses answers, by chance: one token makes one machine. */
export class MemoryProvider implements Provider {
  readonly name = "memory";
  readonly machines = new Map<string, Machine>();
  /** A worker that has two machines; null = none has. */
  doubled: string | null = null;
  readonly #chance: Chance;

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  async launch({ launchToken, workerId, installId }: LaunchRequest) {
    const fate = this.#chance.below(8);
    if (fate === 0) throw NONE_LEFT;
    const made = this.machines.get(launchToken);
    const externalId = made?.externalId ?? `machine-${this.machines.size}`;
    if (!made) {
      if (this.#all().some((one) => one.workerId === workerId)) this.doubled ??= workerId;
      this.machines.set(launchToken, {
        ...{ externalId, installId, workerId, state: "running", createdAtMs: 0 },
        ...{ stoppedReason: null, interrupted: false },
      });
    }
    if (fate === 1) throw ANSWER_LOST;
    return { externalId };
  }
  async describe(externalIds: readonly string[]) {
    return this.#all().filter(({ externalId }) => externalIds.includes(externalId));
  }
  async find(_install: string, workerId: string) {
    return this.#all().filter((one) => one.workerId === workerId && one.state !== "stopped");
  }
  async list() {
    return this.#all().filter(({ state }) => state !== "stopped");
  }
  async stop(externalId: string) {
    this.ends(externalId);
  }

  /** The machine is no more, whoever ended it. */
  ends(externalId: string | null): void {
    for (const [token, machine] of this.machines)
      if (machine.externalId === externalId)
        this.machines.set(token, { ...machine, state: "stopped" });
  }
  #all = (): Machine[] => [...this.machines.values()];
}
