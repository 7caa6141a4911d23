import { SqlError, type SqlParameters, type Statement } from "#adapters/store/sql-client.ts";
import type { Log, LogFields } from "#core/ports/log.ts";
import { ControlPlane } from "./control-plane.ts";
import type { SimulatedDatabase } from "./database.ts";
import { Draw } from "./draw.ts";
import { Faults, type StatementFate } from "./faults.ts";
import { Invariants } from "./invariants.ts";
import { Journal } from "./journal.ts";
import type { Breakable } from "./network.ts";
import type { Plant } from "./planted-bugs.ts";
import { SimulatedEcs } from "./simulated-ecs.ts";
import { Timeline, type VirtualProcess } from "./timeline.ts";
import type { VirtualGateway } from "./virtual-gateway.ts";
import type { VirtualMachine } from "./virtual-machine.ts";
import { type Finding, Witness } from "./witness.ts";

/** A quarter of all processes has a wall clock that is wrong by up to this. */
const SKEW_MS = 3600_000;

const CHANGES = /\b(update|insert into|delete from)\b/;

/** They write when something was last done, or why something waits: nothing that an invariant speaks of. */
const NOTES: ReadonlySet<string> = new Set([
  ...["beat-gateway", "count-pending", "claim-sweep", "note-waiting", "stops-asked"],
]);

/** Everything that a simulation consists of, and what all of it shares. */
export class World {
  readonly draw: Draw;
  readonly timeline: Timeline;
  readonly journal = new Journal();
  readonly faults: Faults;
  readonly witness: Witness;
  readonly invariants: Invariants;
  readonly ecs: SimulatedEcs;
  readonly controlPlane: ControlPlane;
  readonly plant: Plant;
  readonly gateways: VirtualGateway[] = [];
  readonly machines: VirtualMachine[] = [];
  readonly streams = new Set<Breakable>();
  readonly findings: (Finding & { readonly atMs: number })[] = [];
  readonly #database: SimulatedDatabase;
  readonly #names = new Map<string, string>();

  constructor(seed: number, database: SimulatedDatabase, plant: Plant) {
    this.draw = new Draw(seed);
    this.timeline = new Timeline(this.draw);
    this.#database = database;
    this.plant = plant;
    this.faults = new Faults(this.draw);
    this.witness = new Witness(this);
    this.invariants = new Invariants(this);
    this.controlPlane = new ControlPlane(this);
    this.ecs = new SimulatedEcs(this);
    database.onHint = (hint) => {
      for (const gateway of this.gateways) gateway.hear(hint);
    };
  }

  addGateway(Gateway: new (world: World, name: string) => VirtualGateway): void {
    const gateway = new Gateway(this, `gateway-${this.gateways.length + 1}`);
    this.gateways.push(gateway);
    gateway.start();
  }

  /** One of those that the name of the gateways leads to; it may be frozen. */
  someGateway(): VirtualGateway | null {
    const living = this.gateways.filter(({ process }) => process.alive);
    return living.length === 0 ? null : this.draw.pick(living);
  }

  /** One that is not there any more, whose address somebody still has. */
  get deadGateway(): VirtualGateway {
    const [first] = this.gateways;
    if (!first) throw new Error("there was never a gateway");
    return first;
  }

  /** More would only ask the same rows. */
  keepOneGateway(): void {
    const living = this.gateways.filter(({ process }) => process.alive);
    for (const { process } of living.slice(1)) {
      process.kill();
      for (const stream of [...this.streams]) if (stream.joins(process)) stream.broken();
    }
  }

  skewMs(): number {
    return this.draw.chance(0.25) ? this.draw.int(-SKEW_MS, SKEW_MS) : 0;
  }

  /** A statement of a process reaches the database. */
  async statement<T>(
    process: VirtualProcess,
    statement: Statement,
    parameters: SqlParameters,
    fate: StatementFate,
  ): Promise<T[]> {
    const rows = await this.#run<T>(statement, parameters);
    if (!CHANGES.test(statement.text) || rows.length === 0) return rows;
    const how = fate === "done" ? "" : ` (${fate})`;
    this.note(
      process.name,
      `${statement.name}${how} ${rows.map((row) => summary(row)).join(", ")}`,
    );
    if (!NOTES.has(statement.name)) await this.invariants.check();
    return rows;
  }

  /** Asks on the simulator's own behalf. */
  ask<T>(statement: Statement, parameters: SqlParameters = {}): Promise<T[]> {
    return this.#database.run<T>(statement, parameters, this.timeline.nowMs);
  }

  lookAtStart(executionId: string): void {
    this.timeline.after(0, null, () => this.invariants.checkStart(executionId), { first: true });
  }

  note(who: string, what: string): void {
    this.journal.note(this.timeline.nowMs, who, what);
  }

  found(finding: Finding): void {
    this.findings.push({ ...finding, atMs: Math.round(this.timeline.nowMs) });
    this.note("VIOLATION", `${finding.invariant}: ${finding.detail}`);
  }

  nameOf(workerId: string): string {
    const name = this.#names.get(workerId) ?? `worker-${this.#names.size + 1}`;
    this.#names.set(workerId, name);
    return name;
  }

  logOf(process: VirtualProcess): Log & { child(): Log } {
    const say = (level: string) => (fields: LogFields, message?: string) => {
      const { workerId, runId, fence } = fields;
      const about = [workerId && this.nameOf(workerId), runId, fence].filter(Boolean).join(" ");
      this.note(process.name, `${level}: ${message ?? String(fields)}${about && ` (${about})`}`);
    };
    const log: Log & { child(): Log } = {
      ...{ debug: () => {}, info: say("info"), warn: say("warn"), error: say("error") },
      child: () => log,
    };
    return log;
  }

  async #run<T>(statement: Statement, parameters: SqlParameters): Promise<T[]> {
    try {
      return await this.#database.run<T>(statement, parameters, this.timeline.nowMs);
    } catch (error) {
      if (error instanceof SqlError && error.kind !== "unavailable")
        this.found({
          invariant: "no-statement-fails",
          detail: `${statement.name}: ${error.message}`,
        });
      throw error;
    }
  }
}

const SHOWN = ["runId", "workerId", "id", "fence", "phase", "reason", "executionId", "seq"];

function summary(row: unknown): string {
  const known = (row ?? {}) as Readonly<Record<string, unknown>>;
  const shown = SHOWN.filter((name) => known[name] !== undefined && known[name] !== null);
  return `{${shown.map((name) => `${name} ${known[name]}`).join(" ")}}`;
}
