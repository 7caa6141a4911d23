import { chooseProfile } from "../worker/fit.ts";
import type { MachineProfile } from "../worker/profile.ts";
import { restAfterFailuresMs } from "./launch-retry.ts";
import type { FailingProfile, FleetWorker, QueuedShape } from "./snapshot.ts";

/** A machine to be asked for; `dedicatedRunId` for a run that wants a worker of its own. */
export interface Launch {
  readonly profile: MachineProfile;
  readonly dedicatedRunId: string | null;
}

/** Why runs of a shape go on waiting after this pass. */
export interface Waiting {
  readonly shape: string;
  readonly reason: "WaitingForWorker" | "WaitingForCapacity" | "LaunchFailed";
  readonly message: string;
}

export interface CapacityPlan {
  readonly launches: readonly Launch[];
  readonly waiting: readonly Waiting[];
}

/**
 * Level-triggered demand: per profile, the due runs that no ready worker took, less the workers
 * already on their way, cut by the profile's maximum and by what may still be launched now; nothing
 * where machines keep failing. Called after placement with what is still waiting. Also brings a
 * pool up to its minimum, towards which workers made for one run do not count.
 */
export function decideCapacity(
  queue: readonly QueuedShape[],
  fleet: readonly FleetWorker[],
  profiles: readonly MachineProfile[],
  launchesMax: number,
  failing: readonly FailingProfile[],
  now: number,
): CapacityPlan {
  const resting = failing.filter(
    ({ failures, lastAt }) => lastAt + restAfterFailuresMs(failures) > now,
  );
  const pool = poolsOf(fleet, profiles, resting);
  const launches: Launch[] = [];
  const waiting: Waiting[] = [];
  const room = () => launchesMax - launches.length;
  for (const shape of queue) {
    if (shape.due === 0) continue;
    const profile = chooseProfile(shape.placement, profiles);
    const state = profile && pool.get(profile.name);
    if (!profile || !state) {
      waiting.push({
        shape: shape.shape,
        reason: "WaitingForCapacity",
        message: "no machine profile of this install fits this run",
      });
      continue;
    }
    const wanted = shape.placement.dedicatedWorker
      ? shape.runs
          .filter((run) => !state.dedicated.has(run.id))
          .map((run) => run.id as string | null)
      : Array<null>(takeComing(state, shape.due)).fill(null);
    const granted = wanted.slice(0, Math.max(0, Math.min(state.room, room())));
    state.room -= granted.length;
    launches.push(...granted.map((dedicatedRunId) => ({ profile, dedicatedRunId })));
    waiting.push(whyWaiting(shape.shape, state, wanted.length - granted.length));
  }
  for (const profile of profiles) {
    const state = pool.get(profile.name);
    const missing = state ? profile.minWorkers - state.alive - sharedOf(launches, profile) : 0;
    const granted = Math.max(0, Math.min(missing, state?.room ?? 0, room()));
    launches.push(...Array.from({ length: granted }, () => ({ profile, dedicatedRunId: null })));
  }
  return { launches, waiting };
}

/** The plan while the provider may launch nothing: who waits, waits for what is there. */
export const nothingWhileDisabled = (
  queue: readonly QueuedShape[],
  provider: string,
): CapacityPlan => ({
  launches: [],
  waiting: queue
    .filter(({ due }) => due > 0)
    .map(({ shape }) => ({
      shape,
      reason: "WaitingForCapacity",
      message: `provider ${provider} is not enabled: no machine is launched`,
    })),
});

interface Pool {
  readonly profile: MachineProfile;
  /** Workers on their way that no shape has counted on yet. */
  coming: number;
  /** Workers that stay and may serve any run: they count towards the minimum. */
  readonly alive: number;
  room: number;
  readonly dedicated: ReadonlySet<string>;
  /** The newest launch trouble, to be shown. */
  readonly trouble: string | null;
}

const isComing = (worker: FleetWorker) =>
  worker.phase === "Creating" || worker.phase === "Connecting";

/** Not a leaving worker whose launch was never called: of any other one there may be a machine. */
const takesRoom = ({ phase, externalId, firstLaunchAt }: FleetWorker) =>
  phase !== "Terminating" || externalId !== null || firstLaunchAt !== null;

function poolsOf(
  fleet: readonly FleetWorker[],
  profiles: readonly MachineProfile[],
  resting: readonly FailingProfile[],
) {
  return new Map(
    profiles.map((profile): [string, Pool] => {
      const mine = fleet.filter((worker) => worker.profile === profile.name);
      const staying = mine.filter(({ phase }) => phase !== "Terminating" && phase !== "Draining");
      const shared = staying.filter(({ dedicatedRunId }) => dedicatedRunId === null);
      const rest = resting.find((one) => one.profile === profile.name);
      const troubled = mine.find(
        (worker) => worker.phase === "Creating" && worker.launchFailures > 0,
      );
      return [
        profile.name,
        {
          profile,
          coming: shared.filter(isComing).length,
          alive: shared.length,
          room: rest ? 0 : Math.max(0, profile.maxWorkers - mine.filter(takesRoom).length),
          dedicated: new Set(staying.flatMap(({ dedicatedRunId }) => dedicatedRunId ?? [])),
          trouble: rest
            ? `${rest.failures} machines in a row ended before they were ready: ${rest.message ?? "no reason given"}`
            : (troubled?.message ?? troubled?.reason ?? null),
        },
      ];
    }),
  );
}

/** How many of `due` runs no coming worker is meant for yet. */
function takeComing(state: Pool, due: number): number {
  const served = Math.min(state.coming, due);
  state.coming -= served;
  return due - served;
}

const sharedOf = (launches: readonly Launch[], profile: MachineProfile) =>
  launches.filter((launch) => launch.profile === profile && launch.dedicatedRunId === null).length;

function whyWaiting(shape: string, state: Pool, unmet: number): Waiting {
  const { profile } = state;
  if (state.trouble) return { shape, reason: "LaunchFailed", message: state.trouble };
  if (unmet > 0 && state.room === 0)
    return {
      shape,
      reason: "WaitingForCapacity",
      message: `profile ${profile.name} is at its maximum of ${profile.maxWorkers} workers`,
    };
  return {
    shape,
    reason: "WaitingForWorker",
    message: `a ${profile.name} worker is on its way`,
  };
}
