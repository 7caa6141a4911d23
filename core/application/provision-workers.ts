import { limits } from "#core/domain/limits.ts";
import {
  type CapacityPlan,
  decideCapacity,
  type Launch,
  nothingWhileDisabled,
  type Waiting,
} from "#core/domain/reconcile/decide-capacity.ts";
import type { FleetWorker, QueuedShape } from "#core/domain/reconcile/snapshot.ts";
import type { ControlView, NewWorker } from "#core/ports/control-store.ts";
import type { Placed } from "./place-runs.ts";
import type { ReconcileDeps } from "./reconcile-deps.ts";

/**
 * Turns what still waits after placement into worker rows: the launch intent, with its immutable
 * token and frozen request, committed before any provider call. `control` must have been read
 * before the fleet and the queue, so that the epoch guards the count. What one placement left says
 * only then what is needed when it was not cut.
 */
export async function provisionWorkers(
  deps: ReconcileDeps,
  control: ControlView,
  fleet: readonly FleetWorker[],
  { queue, unsettled }: Pick<Placed, "queue" | "unsettled">,
): Promise<number> {
  const plan = await capacityPlan(deps, control, countOn(fleet, unsettled), queue);
  const workers = plan.launches.map((launch, index) => newWorker(deps, launch, index));
  const created = await deps.store.createWorkers(workers, control.launchEpoch);
  await deps.store.noteWaiting(notesOf(queue, plan.waiting));
  for (const worker of workers.filter(({ id }) => created.includes(id))) {
    deps.telemetry.count("workers_created_total", { profile: worker.profile });
    deps.log.info({ workerId: worker.id, profile: worker.profile }, "worker wanted");
  }
  return created.length;
}

/** Who may be free after all serves somebody at the next look, as if it were on its way. */
const countOn = (fleet: readonly FleetWorker[], unsettled: ReadonlySet<string>): FleetWorker[] =>
  fleet.map((worker) => (unsettled.has(worker.id) ? { ...worker, phase: "Connecting" } : worker));

async function capacityPlan(
  deps: ReconcileDeps,
  control: ControlView,
  fleet: readonly FleetWorker[],
  queue: readonly QueuedShape[],
): Promise<CapacityPlan> {
  if (!control.launching) return nothingWhileDisabled(queue, deps.provider.name);
  const launchesMax = Math.min(limits.launchesPerTickMax, Math.floor(control.launchTokens));
  const failing = await deps.store.failingProfiles();
  return decideCapacity(queue, fleet, deps.profiles, launchesMax, failing, control.now);
}

function newWorker(
  deps: ReconcileDeps,
  { profile, dedicatedRunId }: Launch,
  index: number,
): NewWorker {
  const id = deps.newId();
  const token = deps.tokens.issue(deps.installId, id);
  return {
    id,
    provider: deps.provider.name,
    profile: profile.name,
    labels: profile.labels,
    taints: profile.taints,
    cpuMillis: profile.cpuMillis,
    memoryMib: profile.memoryMib,
    dedicatedRunId,
    maxRuns: dedicatedRunId === null ? profile.maxRunsPerWorker : 1,
    maxAgeMs: profile.maxAgeSeconds === null ? null : profile.maxAgeSeconds * 1000,
    launchToken: id,
    launchRequest: {
      workerId: id,
      launchToken: id,
      installId: deps.installId,
      profile: profile.name,
      cpuMillis: profile.cpuMillis,
      memoryMib: profile.memoryMib,
      spot: profile.spot,
      subnetOffset: Math.floor(deps.random() * 1000) + index,
      environment: deps.workerEnvironment,
    },
    tokenKeyId: token.keyId,
    tokenSha256: token.sha256,
  };
}

/** Only heads of the queue are annotated, and only where the reason changed. */
function notesOf(queue: readonly QueuedShape[], waiting: readonly Waiting[]) {
  const byShape = new Map(waiting.map((why) => [why.shape, why]));
  return queue.flatMap(({ shape, runs }) => {
    const why = byShape.get(shape);
    if (!why) return [];
    return runs
      .filter((run) => run.reason !== why.reason || run.message !== why.message)
      .map((run) => ({ runId: run.id, reason: why.reason, message: why.message }));
  });
}
