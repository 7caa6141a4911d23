import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunInput } from "#core/domain/spec/run-input.ts";
import { witnessed } from "../history/witness.ts";
import { until } from "../support/until.ts";
import type { Stand } from "./stand.ts";

type FinalPhase = "Succeeded" | "Failed" | "Cancelled";

export interface Expected {
  readonly phase: FinalPhase | readonly FinalPhase[];
  /** How many attempts it may have taken. */
  readonly attempts: readonly number[];
}

const ONCE: Expected = { phase: "Succeeded", attempts: [1] };
export const AGAIN: Expected = { phase: "Succeeded", attempts: [2] };
export const ONCE_OR_AGAIN: Expected = { phase: "Succeeded", attempts: [1, 2] };

interface SceneRun extends Expected {
  readonly id: string;
}

interface FinalRow {
  readonly id: string;
  readonly phase: string;
  readonly reason: string | null;
  readonly tries: number;
  readonly successes: number;
  readonly ends: number;
  readonly ended: number | null;
}

/** What became of the runs of one repetition. */
export interface Judged {
  readonly runs: number;
  /** Runs that did not end as they must. */
  readonly lost: string[];
  /** Runs with two results, or whose code was started twice by one attempt. */
  readonly doubled: string[];
  /** From the given instant to the end of each run, in ms. */
  readonly recoveries: number[];
}

const FINAL_WITHIN_MS = 240_000;
/** The history holds the code of such runs to what it must say. */
const WITNESSED = { witness: "yes" };

/**
 * The runs of one repetition of a row. Those of `start` run until they are released; the code itself
 * tells a file, apart from the platform, when it starts and when it ends.
 */
export class Scene {
  readonly #stand: Stand;
  readonly #id = randomUUID().slice(0, 8);
  readonly #runs: SceneRun[] = [];
  /** What the code itself says, in the form of `history/witness.ts`. */
  readonly #witness: string;

  constructor(stand: Stand, witness?: string) {
    this.#stand = stand;
    this.#witness = witness ?? join(stand.stateDir, `witness-${this.#id}`);
  }

  get ids(): readonly string[] {
    return this.#runs.map(({ id }) => id);
  }

  /** Repeated with one key until the API takes it, as a patient client would. */
  async submit(input: RunInput, expected: Expected = ONCE, key = randomUUID()): Promise<string> {
    let id = "";
    await until(
      "the run is taken",
      async () => {
        ({ id } = (await this.#stand.api.submit(input, key)).run);
        return true;
      },
      60_000,
    );
    if (!this.ids.includes(id)) this.#runs.push({ id, ...expected });
    return id;
  }

  /** Runs whose code runs now, and goes on until `release`. */
  async start(count: number, input: Partial<RunInput> = {}, expected = ONCE): Promise<string[]> {
    const held = { shell: this.held(), labels: WITNESSED };
    const submits = Array.from({ length: count }, () =>
      this.submit({ ...held, ...input } as RunInput, expected),
    );
    const ids = await Promise.all(submits);
    await this.untilStarted(ids);
    return ids;
  }

  /** A shell line that tells of its start, waits for the release, and tells of its end. */
  held(): string {
    return this.tells(`until [ -e ${this.#gate} ]; do sleep 0.1; done`);
  }

  /** A shell line that does this work, and tells of its start and of its end. */
  tells(work: string): string {
    return `(${witnessed(this.#witness, work)})`;
  }

  /** What the codes said: `start <run> <attempt>`, `end <run> <attempt>`. */
  get told(): string[] {
    if (!existsSync(this.#witness)) return [];
    const lines = readFileSync(this.#witness, "utf8").split("\n").filter(Boolean);
    return lines.map((line) => line.split(" ").slice(0, 3).join(" "));
  }

  untilStarted(ids: readonly string[], attempt = 1): Promise<void> {
    const started = (id: string) => this.told.includes(`start ${id} ${attempt}`);
    return until(`code of attempt ${attempt} runs`, () => ids.every(started), 60_000);
  }

  /** The platform says so, whatever the code says. */
  untilRunning(id: string): Promise<void> {
    const sql =
      "select 1 from hodei.run where id = $1 and phase <> 'Pending' and phase <> 'Assigned'";
    return until("it runs", async () => (await this.#stand.rows(sql, [id])).length === 1, 60_000);
  }

  release(): void {
    writeFileSync(this.#gate, "");
  }

  async workersOf(ids: readonly string[]): Promise<string[]> {
    const sql = `select worker_id from hodei.attempt where run_id = any($1) and ended_at is null`;
    const rows = await this.#stand.rows<{ worker_id: string }>(sql, [ids]);
    return rows.map(({ worker_id }) => worker_id);
  }

  async untilFinal(ids: readonly string[] = this.ids): Promise<void> {
    const sql = "select 1 from hodei.run where id = any($1) and finished_at is null";
    await until(
      "the runs are final",
      async () => (await this.#stand.rows(sql, [ids])).length === 0,
      FINAL_WITHIN_MS,
    );
  }

  /** How it ended; what is not final after a long wait is lost. */
  async judge(from: number): Promise<Judged> {
    await this.untilFinal().catch(() => {}); // the rows say which
    const rows = await this.#stand.rows<FinalRow>(FINAL, [this.ids]);
    const starts = this.told.filter((line) => line.startsWith("start "));
    const isDoubled = ({ id, successes, ends }: FinalRow) =>
      successes > 1 || ends > 1 || hasTwice(starts.filter((line) => line.includes(id)));
    const lost = this.#runs.flatMap((run) => {
      const row = rows.find(({ id }) => id === run.id);
      const phases: readonly string[] = [run.phase].flat();
      const isRight = row && phases.includes(row.phase) && run.attempts.includes(row.tries);
      return isRight ? [] : [`${run.id}: ${JSON.stringify(row)}, not ${JSON.stringify(run)}`];
    });
    return {
      runs: this.#runs.length,
      lost,
      doubled: rows.filter(isDoubled).map(({ id }) => id),
      recoveries: rows.map(({ ended }) => Math.max(0, (ended ?? Number.NaN) - from)),
    };
  }

  get #gate(): string {
    return join(this.#stand.stateDir, `gate-${this.#id}`);
  }
}

const FINAL = `select r.id, r.phase, r.reason, (extract(epoch from r.finished_at) * 1000)::float8 as ended,
    (select count(*)::int from hodei.attempt a where a.run_id = r.id and a.phase <> 'Returned') as tries,
    (select count(*)::int from hodei.attempt a where a.run_id = r.id and a.phase = 'Succeeded') as successes,
    (select count(*)::int from hodei.run_event e where e.run_id = r.id and e.type = 'Finished') as ends
  from hodei.run r where r.id = any($1)`;

const hasTwice = (lines: readonly string[]) => new Set(lines).size !== lines.length;

/** The length of an outage is part of what is injected, not something to wait for. */
export function passed(ms: number): Promise<void> {
  const end = performance.now() + ms;
  return until(`${ms} ms have passed`, () => performance.now() >= end, ms + 10_000);
}
