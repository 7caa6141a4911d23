import { createControlStore } from "#adapters/store/control-store.ts";
import { createRunReader } from "#adapters/store/run-reader.ts";
import { sha256Hex } from "#adapters/tokens/hmac-tokens.ts";
import type { WakeHint } from "#adapters/wake/postgres-listen.ts";
import { NO_TELEMETRY } from "#core/ports/telemetry.ts";
import type { WorkerAgentServiceServer } from "#proto/hodei.ts";
import type { GatewayDeps } from "../../gateway/deps.ts";
import { followHint } from "../../gateway/hints.ts";
import { Hub } from "../../gateway/hub.ts";
import { workerService } from "../../gateway/worker-service.ts";
import { databaseOf } from "./database.ts";
import { PROFILES, TIMINGS } from "./install.ts";
import { VirtualProcess } from "./timeline.ts";
import type { World } from "./world.ts";

/** A gateway: all of its own code, with the simulator's database, clock and network around it. */
export class VirtualGateway {
  readonly process: VirtualProcess;
  readonly service: WorkerAgentServiceServer;
  readonly #world: World;
  readonly #hub: Hub;

  constructor(world: World, name: string) {
    this.#world = world;
    this.process = new VirtualProcess(name, world.skewMs());
    this.#hub = new Hub(gatewayDeps(world, this.process));
    this.service = workerService(this.#hub);
  }

  start(): void {
    this.#world.timeline.after(0, this.process, () => this.#hub.start());
  }

  /** A notification of the database; it may be late, or come twice, or not at all. */
  hear(hint: WakeHint): void {
    const { timeline, faults } = this.#world;
    for (let copies = faults.copiesOfHint(); copies > 0; copies -= 1)
      timeline.after(faults.hintDelayMs(), this.process, () => followHint(this.#hub, hint));
  }

  /** Stores a run as a client of this gateway asks for it. */
  submitDeps() {
    const { store, reader, submit } = this.#hub.deps;
    const insertRun = this.#hub.submits.insert.bind(this.#hub.submits);
    return { ...submit, store, reader, insertRun, wake: this.#hub.look };
  }

  /** A deployment: workers are told to move, what was received is written, then it is gone. */
  leave(): void {
    const { timeline } = this.#world;
    timeline.after(0, this.process, () => {
      this.#hub.leave();
      const value = { withinMs: 2_000 };
      for (const { outbox } of this.#hub.sessions.all()) outbox.send({ $case: "reconnect", value });
    });
    timeline.after(5_000, this.process, () => void this.#stop());
  }

  async #stop(): Promise<void> {
    await this.#hub.stop();
    for (const { outbox } of [...this.#hub.sessions.all()]) outbox.end();
    await this.#hub.deps.store.leaveGateway(this.#hub.deps.gatewayId).catch(() => {});
    this.#world.note(this.process.name, "has left");
    this.process.kill();
  }
}

/** Clients' services are not part of the simulation, nor is what they alone need. */
function gatewayDeps(world: World, process: VirtualProcess): GatewayDeps {
  const sql = databaseOf(world, process);
  const newId = () => world.draw.uuid();
  const reader = createRunReader(sql);
  const store = createControlStore(sql, TIMINGS);
  const deps: Partial<GatewayDeps> = {
    ...{ gatewayId: newId(), address: process.name, timings: TIMINGS, newId, reader, store },
    usageStore: { addUsage: async () => {} },
    wake: world.controlPlane.wake(),
    submit: { store, reader, profiles: PROFILES, newId, telemetry: NO_TELEMETRY },
    digest: sha256Hex,
    random: () => world.draw.fraction(),
    log: world.logOf(process),
    telemetry: NO_TELEMETRY,
  };
  return deps as GatewayDeps;
}
