import { VirtualGateway } from "./virtual-gateway.ts";
import type { VirtualMachine } from "./virtual-machine.ts";
import type { World } from "./world.ts";

/** Between one and the next. */
const PAUSE_MS = [500, 6_000] as const;

/** What befalls whole processes, machines and wires, as long as faults are not over. */
export class Calamities {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  start(): void {
    const { timeline, draw } = this.#world;
    timeline.after(draw.int(...PAUSE_MS), null, () => {
      if (this.#world.faults.isOver) return;
      draw.pick(this.#all)();
      this.start();
    });
  }

  readonly #all: readonly (() => void)[] = [
    () => this.#killGateway(),
    () => this.#killGateway(),
    () => this.#replaceGateway(),
    () => this.#freezeGateway(),
    () => this.#killInvocation(),
    () => this.#killInvocation(),
    () => this.#withMachine((machine) => this.#crash(machine)),
    () => this.#withMachine((machine) => this.#freeze(machine)),
    () => this.#withMachine((machine) => this.#freeze(machine)),
    () => this.#withMachine((machine) => this.#freeze(machine)),
    () => this.#withMachine((machine) => this.#cutOff(machine)),
    () => this.#withMachine((machine) => this.#cutOff(machine)),
    () => this.#interrupt(),
    () => this.#databaseDown(),
    () => this.#breakConnection(),
    () => this.#breakConnection(),
  ];

  #killGateway(): void {
    const gateway = this.#world.someGateway();
    if (!gateway) return;
    this.#world.note(gateway.process.name, "is killed");
    gateway.process.kill();
    for (const stream of [...this.#world.streams])
      if (stream.joins(gateway.process)) stream.broken();
    this.#startGateway();
  }

  #replaceGateway(): void {
    const gateway = this.#world.someGateway();
    if (!gateway) return;
    this.#world.note(gateway.process.name, "is told to leave");
    gateway.leave();
    this.#startGateway();
  }

  #startGateway(): void {
    const { timeline, draw } = this.#world;
    timeline.after(draw.int(200, 12_000), null, () => this.#world.addGateway(VirtualGateway));
  }

  #freezeGateway(): void {
    const gateway = this.#world.someGateway();
    if (!gateway) return;
    const forMs = this.#world.draw.int(500, 20_000);
    this.#world.note(gateway.process.name, `is frozen for ${forMs} ms`);
    gateway.process.freeze(this.#world.timeline.nowMs + forMs);
  }

  #killInvocation(): void {
    const running = [...this.#world.controlPlane.invocations];
    if (running.length === 0) return;
    const process = this.#world.draw.pick(running);
    this.#world.note(process.name, "is killed");
    process.kill();
    this.#world.controlPlane.invocations.delete(process);
  }

  #withMachine(act: (machine: VirtualMachine) => void): void {
    const living = this.#world.machines.filter(({ process }) => process.alive);
    const working = living.filter(({ codes }) => codes.length > 0);
    const { draw } = this.#world;
    const from = working.length > 0 && draw.chance(0.9) ? working : living;
    if (from.length > 0) act(draw.pick(from));
  }

  #crash(machine: VirtualMachine): void {
    const { ecs } = this.#world;
    const task = ecs.running.find((one) => one.machine === machine);
    this.#world.note(machine.process.name, "its machine dies");
    if (task) ecs.crash(task, "the host failed");
  }

  #freeze(machine: VirtualMachine): void {
    const { draw, timeline } = this.#world;
    const forMs = draw.pick([1_000, 6_000, 14_000, 20_000, 30_000]);
    const whole = draw.chance(0.3);
    this.#world.note(
      machine.process.name,
      `${whole ? "its machine" : "its agent"} is frozen for ${forMs} ms`,
    );
    machine.freeze(timeline.nowMs + forMs, whole);
  }

  #cutOff(machine: VirtualMachine): void {
    const { draw, timeline } = this.#world;
    const forMs = draw.pick([500, 4_000, 12_000, 40_000]);
    this.#world.note(machine.process.name, `is cut off for ${forMs} ms`);
    machine.cutOff(timeline.nowMs + forMs);
  }

  #interrupt(): void {
    const { ecs, draw } = this.#world;
    const running = ecs.running.filter(({ state }) => state === "running");
    if (running.length === 0) return;
    const task = draw.pick(running);
    this.#world.note(task.externalId, "is interrupted");
    ecs.interrupt(task);
  }

  #databaseDown(): void {
    const { draw, faults, timeline } = this.#world;
    const forMs = draw.pick([500, 3_000, 14_000]);
    this.#world.note("database", `is down for ${forMs} ms`);
    faults.isDatabaseDown = true;
    timeline.after(forMs, null, () => {
      faults.isDatabaseDown = false;
    });
  }

  #breakConnection(): void {
    const { draw, streams } = this.#world;
    if (streams.size === 0) return;
    draw.pick([...streams]).broken();
    this.#world.note("network", "a connection breaks");
  }
}
