import type { Statement } from "#adapters/store/sql-client.ts";
import type { Case } from "../exam.ts";

/** A statement with a guard missing, and the case that must notice. */
export interface Mutant {
  readonly statement: Statement;
  /** Each text once in the statement, and what stands there instead. */
  readonly cuts: readonly (readonly [from: string, to: string])[];
  readonly noticedBy: Case | undefined;
}

export const mutant = (
  statement: Statement,
  noticedBy: Case | undefined,
  ...cuts: Mutant["cuts"]
): Mutant => ({ statement, cuts, noticedBy });

/** `locked_run` reads its rows without keeping them. */
export const UNLOCKED_RUN = [
  " for update of r\n  ),\n  locked_attempt",
  "\n  ),\n  locked_attempt",
] as const;
/** The fence that was claimed goes on along the chain, instead of the run's own. */
export const CLAIMED_FENCE = [
  "select r.id as run_id, r.fence,",
  "select r.id as run_id, x.fence,",
] as const;
