import type { Offer, Placement } from "../worker/fit.ts";
import type { WorkerPhase } from "../worker/phase.ts";

/** Waiting runs that need the same of a worker, at the head of the queue. Instants: epoch ms. */
export interface QueuedShape {
  readonly shape: string;
  readonly placement: Placement;
  /** How many are due, counted only up to a bound. */
  readonly due: number;
  /** The first due ones, in order of rank. */
  readonly runs: readonly QueuedRun[];
}

export interface QueuedRun {
  readonly id: string;
  readonly fence: number;
  /** Smaller = sooner. */
  readonly rank: number;
  /** Since when it could be placed; a rank is that moved by the priority. */
  readonly dueAt: number;
  readonly reason: string | null;
  readonly message: string | null;
}

/** A worker that can take a run now. */
export interface ReadyWorker extends Offer {
  readonly id: string;
  readonly profile: string;
  readonly dedicatedRunId: string | null;
  /** Read only where some run or the install has a preference. */
  readonly use?: WorkerUse;
}

/** What a worker did until now. */
export interface WorkerUse {
  /** Epoch ms. */
  readonly idleSince: number;
  readonly runsTaken: number;
  /** Of the last run that had one. */
  readonly affinityKey: string | null;
}

/** A worker as the tick sees it. Instants: epoch ms of the database; `now` too. */
export interface FleetWorker {
  readonly id: string;
  readonly phase: Exclude<WorkerPhase, "Terminated">;
  readonly profile: string;
  readonly dedicatedRunId: string | null;
  /** false: the run it was made for is finished. null: not dedicated. */
  readonly dedicatedRunOpen: boolean | null;
  readonly runId: string | null;
  readonly connected: boolean;
  readonly externalId: string | null;
  readonly launchFailures: number;
  readonly reason: string | null;
  readonly message: string | null;
  readonly now: number;
  readonly createdAt: number;
  readonly firstLaunchAt: number | null;
  readonly launchedAt: number | null;
  readonly registerDeadlineAt: number | null;
  readonly connectDeadlineAt: number | null;
  readonly leaseExpiresAt: number | null;
  readonly idleSince: number | null;
  readonly retireAt: number | null;
  readonly endingAt: number | null;
  readonly stopAskedAt: number | null;
}

/** Machines of a profile that ended, in a row, before their worker was ever ready. */
export interface FailingProfile {
  readonly profile: string;
  readonly failures: number;
  readonly lastAt: number;
  readonly message: string | null;
}
