import { limits } from "../limits.ts";
import type { MachineProfile } from "../worker/profile.ts";
import type { FleetWorker } from "./snapshot.ts";

export type EndRule =
  | "idle"
  | "drained"
  | "lease-over"
  | "connect-late"
  | "register-late"
  | "launch-given-up"
  | "dedicated-orphan"
  | "unregistered"
  | "over-age"
  | "token-replayed"
  | "leaving";

/** A worker that must leave; the guarded statement checks the rule again on the locked row. */
export interface WorkerEnd {
  readonly workerId: string;
  readonly rule: EndRule;
  readonly reason: string;
  readonly message: string | null;
  /** For `idle`: how long it must have been idle. */
  readonly idleMs: number;
}

/**
 * Which workers must leave, and why: each worker gets the first rule that holds. Workers that hold
 * a live attempt are the business of the troubled attempts, except that age drains them. Idle ones
 * stay while the pool would fall below its minimum.
 */
export function decideFleet(
  fleet: readonly FleetWorker[],
  profiles: readonly MachineProfile[],
): WorkerEnd[] {
  const byName = new Map(profiles.map((profile) => [profile.name, profile]));
  const ends = new Map(
    fleet.map((worker) => [worker, endOf(worker, byName.get(worker.profile))] as const),
  );
  const staying = fleet.filter((worker) => (ends.get(worker)?.rule ?? "idle") === "idle");
  const spare = new Map(profiles.map((profile) => [profile.name, spareOf(staying, profile)]));
  return fleet.flatMap((worker) => {
    const end = ends.get(worker) ?? null;
    if (end?.rule !== "idle" || worker.dedicatedRunId !== null) return end ?? [];
    const left = spare.get(worker.profile) ?? Number.POSITIVE_INFINITY;
    spare.set(worker.profile, left - 1);
    return left > 0 ? end : [];
  });
}

/** How many living workers of a profile, free to serve any run, are more than its minimum. */
const spareOf = (fleet: readonly FleetWorker[], profile: MachineProfile) =>
  fleet.filter(
    ({ profile: name, phase, dedicatedRunId }) =>
      name === profile.name && dedicatedRunId === null && (phase === "Ready" || phase === "Busy"),
  ).length - profile.minWorkers;

const passed = (instant: number | null, now: number) => instant !== null && instant <= now;

function endOf(worker: FleetWorker, profile: MachineProfile | undefined): WorkerEnd | null {
  const { now, phase } = worker;
  const end = (rule: EndRule, reason: string, message: string | null = null, idleMs = 0) => ({
    workerId: worker.id,
    rule,
    reason,
    message,
    idleMs,
  });
  switch (phase) {
    case "Creating":
      if (worker.dedicatedRunOpen === false) return end("dedicated-orphan", "RunFinished");
      if (passed(worker.registerDeadlineAt, now))
        return end("register-late", "NeverRegistered", "the machine started and never registered");
      if (worker.externalId === null && passed(giveUpAt(worker), now))
        return end("launch-given-up", "LaunchGivenUp", worker.message);
      return null;
    case "Connecting":
      if (worker.dedicatedRunOpen === false) return end("dedicated-orphan", "RunFinished");
      return passed(worker.connectDeadlineAt, now) ? end("connect-late", "NeverConnected") : null;
    case "Ready": {
      if (passed(worker.leaseExpiresAt, now)) return end("lease-over", "LeaseOver");
      if (worker.dedicatedRunOpen === false) return end("dedicated-orphan", "RunFinished");
      if (passed(worker.retireAt, now)) return end("over-age", "OverAge");
      const idleMs = (profile?.idleTtlSeconds ?? 0) * 1000;
      return worker.idleSince !== null && worker.idleSince + idleMs <= now
        ? end("idle", "Idle", null, idleMs)
        : null;
    }
    case "Busy":
      return passed(worker.retireAt, now) ? end("over-age", "OverAge") : null;
    case "Draining":
      return worker.runId === null ? end("drained", "Drained") : null;
    case "Terminating":
      return null;
    default:
      return phase satisfies never;
  }
}

const giveUpAt = (worker: FleetWorker) =>
  worker.firstLaunchAt === null ? null : worker.firstLaunchAt + limits.launchGiveUpMs;

/** What to ask the provider about, and what to ask of it. */
export interface MachinePlan {
  /** Machines whose state must be looked up. */
  readonly look: readonly FleetWorker[];
  /** Machines to stop (asked again every so often until they are gone). */
  readonly stop: readonly FleetWorker[];
  /** Leaving workers without a known machine: search, then forget. */
  readonly search: readonly FleetWorker[];
}

const LOOK_AFTER_MS = 30_000;
const STOP_AGAIN_MS = 30_000;

/** `grace`: how long after its launch a machine may be unknown to the provider's reads. */
export function decideMachines(fleet: readonly FleetWorker[]): MachinePlan {
  const leaving = fleet.filter((worker) => worker.phase === "Terminating");
  return {
    look: fleet.filter((worker) => worker.externalId !== null && isSuspect(worker)),
    stop: leaving.filter(
      (worker) =>
        worker.externalId !== null &&
        (worker.stopAskedAt === null || worker.stopAskedAt + STOP_AGAIN_MS <= worker.now),
    ),
    search: leaving.filter((worker) => worker.externalId === null),
  };
}

/** Whose machine may have stopped without our knowing. */
function isSuspect(worker: FleetWorker): boolean {
  if (worker.phase === "Terminating") return true;
  if (worker.phase === "Creating" || worker.phase === "Connecting")
    return worker.launchedAt !== null && worker.launchedAt + LOOK_AFTER_MS <= worker.now;
  return !worker.connected || passed(worker.leaseExpiresAt, worker.now);
}
