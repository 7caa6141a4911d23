import { limits } from "../limits.ts";

/** A machine the provider shows as running, and the worker row it claims to belong to. */
export interface SweptMachine {
  readonly externalId: string;
  readonly workerId: string | null;
  readonly ageMs: number;
  readonly row: { readonly phase: string; readonly externalId: string | null } | null;
}

export interface SweepPlan {
  /** Machines nobody needs: stop them. */
  readonly stop: readonly SweptMachine[];
  /** Machines of a living row that does not know its machine yet: write it down. */
  readonly adopt: readonly SweptMachine[];
  /** Too many strangers at once: nothing is stopped, an alarm is raised. */
  readonly breaker: boolean;
}

/**
 * Machines against rows. Unknown machines are stopped once they are old enough, unless they are so
 * many that the database is more likely wrong than the provider (restored to an earlier point, a
 * second install in the same cluster): then none is.
 */
export function decideSweep(machines: readonly SweptMachine[]): SweepPlan {
  const strangers = machines.filter(
    ({ row, ageMs }) => row === null && ageMs >= limits.unknownMachineAgeMs,
  );
  const doubles = machines.filter(
    ({ row, externalId }) =>
      row !== null && (row.phase === "Terminated" || (row.externalId ?? externalId) !== externalId),
  );
  const bound = Math.max(limits.massKillFloor, Math.floor(machines.length * limits.massKillShare));
  const breaker = strangers.length > bound;
  return {
    stop: breaker ? doubles : [...strangers, ...doubles],
    adopt: machines.filter(
      ({ row }) => row !== null && row.externalId === null && row.phase !== "Terminated",
    ),
    breaker,
  };
}
