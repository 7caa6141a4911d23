import { kill } from "../faults/kill.ts";
import { passed } from "../faults/scene.ts";
import type { Stand } from "../faults/stand.ts";
import type { Draw } from "../simulation/draw.ts";

type Blow = readonly [name: string, strike: () => Promise<unknown> | unknown];

const BUSY = `select w.id from hodei.worker w where w.phase in ('Ready', 'Busy') and w.external_id is not null
  order by w.phase, w.id`;

/** Everything that can be done to a stand, drawn one after the other. */
export class Blows {
  readonly #stand: Stand;
  readonly #draw: Draw;
  readonly struck = new Map<string, number>();

  constructor(stand: Stand, draw: Draw) {
    this.#stand = stand;
    this.#draw = draw;
  }

  /** Strikes once, waits for a moment, and takes back what would otherwise stay. Answers what it was. */
  async one(): Promise<string> {
    const [name, strike] = this.#draw.pick(this.#all);
    this.struck.set(name, (this.struck.get(name) ?? 0) + 1);
    await strike();
    return name;
  }

  get #all(): readonly Blow[] {
    const { stand, draw } = { stand: this.#stand, draw: this.#draw };
    const { ecs, sqs, dataApi } = stand;
    return [
      ["gateway killed", () => kill(stand.gateway.pid)],
      ["gateway frozen", () => this.#freeze(stand.gateway.pid)],
      ["functions killed", () => kill(stand.functions.pid)],
      ["worker killed", () => this.#withWorker((id) => stand.machineOf(id).kill())],
      ["worker frozen", () => this.#withWorker((id) => this.#freezeMachine(id))],
      ["worker cut off", () => this.#cutOff()],
      ["job killed", () => this.#withWorker((id) => stand.machineOf(id).killJob())],
      ["Postgres killed", () => stand.server.kill()],
      ["Postgres crashed", () => stand.server.crash()],
      ["database connections reset", () => stand.database.resetPeers()],
      ["worker connections reset", () => stand.network.resetPeers()],
      ["network slow", () => this.#slow()],
      ["RunTask without capacity", () => ecs.faults.failures("RESOURCE:MEMORY", draw.int(1, 3))],
      ["RunTask's answer lost", () => ecs.faults.loseAnswer(draw.int(1, 2))],
      ["ECS throttled", () => ecs.faults.throttle(draw.int(1, 4))],
      ["machine never starts", () => ecs.faults.dieBeforeRegister(1)],
      ["task events lost", () => ecs.faults.loseEvents(draw.int(1, 4))],
      ["Data API resuming", () => dataApi.faults.resuming(2)],
      ["Data API fails after its commit", () => dataApi.faults.failAfterCommit(2, 503)],
      ["Data API cut off", () => dataApi.faults.cutAfterCommit(2)],
      ["queue messages lost", () => sqs.faults.lose(draw.int(1, 5))],
      ["queue messages twice", () => sqs.faults.repeat(2, draw.int(1, 5))],
      ["two ticks", () => stand.tick()],
    ];
  }

  async #withWorker(strike: (workerId: string) => unknown): Promise<void> {
    const rows = await this.#stand.rows<{ id: string }>(BUSY).catch(() => []);
    if (rows.length === 0) return;
    try {
      await strike(this.#draw.pick(rows).id);
    } catch {
      // Its machine went in the meantime: nothing was struck.
    }
  }

  async #freeze(pid: number | undefined): Promise<void> {
    if (pid === undefined) return;
    kill(pid, "SIGSTOP");
    await passed(this.#draw.int(500, 3_000));
    kill(pid, "SIGCONT");
  }

  async #freezeMachine(workerId: string): Promise<void> {
    const machine = this.#stand.machineOf(workerId);
    await machine.freeze();
    await passed(this.#draw.int(500, 4_000));
    await machine.thaw();
  }

  async #cutOff(): Promise<void> {
    const { network } = this.#stand;
    network.hold("up", "down");
    await passed(this.#draw.int(300, 2_500));
    network.release();
  }

  async #slow(): Promise<void> {
    const { network } = this.#stand;
    network.toxics({ latencyMs: 200, jitterMs: 150 });
    await passed(2_000);
    network.toxics({});
  }
}
