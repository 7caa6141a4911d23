import type { MachineProfile } from "#core/domain/worker/profile.ts";

/**
 * The law of provisioning, for each machine profile and at every instant:
 *
 *     launches ≤ demand + warm pool          workers that stay ≤ maxWorkers
 *     machines of a worker row ≤ 1
 *
 * - A **launch** is a worker row. Its machine may be asked for any number of times, and is made once.
 * - **Demand** counts what asks for a machine of this profile, each time once:
 *   a run that is submitted; a run that comes back to the queue; a worker that was lost before it took
 *   a run, that is: it ended otherwise than as idle or superfluous, or its stream broke; and a run of
 *   another profile that took a worker of this one, whose place it leaves open.
 * - The **warm pool** is the minimum of the profile, and once more each worker by which the pool later
 *   falls below it.
 *
 * What is in demand once is launched for once: not again for a run that was cancelled, placed by
 * somebody else meanwhile or served by an older worker, and not by two passes that count the same.
 */
export interface Account {
  launches: number;
  /** By cause, so that a broken law says what was there. */
  readonly demand: { submitted: number; returned: number; lost: number; displaced: number };
  warm: number;
  /** By how many the pool is below its minimum now. */
  missing: number;
}

export type Ledger = ReadonlyMap<string, Account>;

export const openLedger = (profiles: readonly MachineProfile[]): Ledger =>
  new Map(
    profiles.map(({ name, minWorkers }) => [
      name,
      {
        launches: 0,
        demand: { submitted: 0, returned: 0, lost: 0, displaced: 0 },
        warm: minWorkers,
        missing: minWorkers,
      },
    ]),
  );

/** Workers of the pool that stay are so many now: what is missing anew is in demand anew. */
export function noteAlive(account: Account, minWorkers: number, alive: number): void {
  const missing = Math.max(0, minWorkers - alive);
  if (missing > account.missing) account.warm += missing - account.missing;
  account.missing = missing;
}

/** What breaks the law; null = nothing. */
export function breachOf(
  { name, maxWorkers }: MachineProfile,
  account: Account,
  staying: number,
): string | null {
  const { submitted, returned, lost, displaced } = account.demand;
  const allowed = submitted + returned + lost + displaced + account.warm;
  if (account.launches > allowed)
    return `${name}: ${account.launches} launches, allowed ${allowed}: ${JSON.stringify(account)}`;
  return staying > maxWorkers ? `${name}: ${staying} workers, the maximum is ${maxWorkers}` : null;
}
