import { isDomainError } from "#core/domain/errors.ts";
import type { InsertedRun, NewRun } from "#core/ports/control-store.ts";
import { AdaptiveBatch } from "./adaptive-batch.ts";

/** With the largest specs a statement stays within a few megabytes. */
const RUNS_PER_STATEMENT = 100;

type InsertRuns = (runs: readonly NewRun[]) => Promise<InsertedRun[]>;

/**
 * Runs that arrive together are stored by one statement, and each caller hears what he would hear
 * alone: what stands under one id or key twice goes into statements of its own, in order, and when a
 * statement is refused, strangers do not suffer for the one that is to blame: each is tried alone.
 */
export class GatheredSubmits {
  readonly #insertRuns: InsertRuns;
  readonly #batch: AdaptiveBatch<NewRun, InsertedRun | Error>;

  constructor(insertRuns: InsertRuns) {
    this.#insertRuns = insertRuns;
    this.#batch = new AdaptiveBatch((runs) => this.#insert(runs), RUNS_PER_STATEMENT);
  }

  async insert(run: NewRun): Promise<InsertedRun> {
    const answer = await this.#batch.add(run);
    if (answer instanceof Error) throw answer;
    return answer;
  }

  /** Resolves when everything that was handed in is answered. */
  idle(): Promise<void> {
    return this.#batch.idle();
  }

  async #insert(runs: readonly NewRun[]): Promise<(InsertedRun | Error)[]> {
    const answers = new Map<NewRun, InsertedRun | Error>();
    for (let rest = runs; rest.length > 0; rest = rest.filter((run) => !answers.has(run))) {
      const turn = withoutRepeats(rest);
      for (const [at, answer] of (await this.#insertTurn(turn)).entries())
        answers.set(turn[at] as NewRun, answer);
    }
    return runs.map((run) => answers.get(run) as InsertedRun | Error);
  }

  async #insertTurn(runs: readonly NewRun[]): Promise<(InsertedRun | Error)[]> {
    try {
      return await this.#insertRuns(runs);
    } catch (error) {
      if (runs.length === 1 && error instanceof Error) return [error];
      if (!isDomainError(error) || error.code === "StoreUnavailable") throw error;
      return (await Promise.all(runs.map((run) => this.#insertTurn([run])))).flat();
    }
  }
}

/** The first of each id and of each key, in order. */
function withoutRepeats(runs: readonly NewRun[]): NewRun[] {
  const seen = new Set<string>();
  return runs.filter(({ id, idempotencyKey }) => {
    const names = [`id ${id}`, ...(idempotencyKey === null ? [] : [`key ${idempotencyKey}`])];
    if (names.some((name) => seen.has(name))) return false;
    for (const name of names) seen.add(name);
    return true;
  });
}
