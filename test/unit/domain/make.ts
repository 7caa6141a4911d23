import type {
  ExplainedRun,
  ExplainSnapshot,
  ProfileLoad,
  WorkerKind,
} from "#core/domain/explain/explanation.ts";
import type { FleetWorker, QueuedShape, ReadyWorker } from "#core/domain/reconcile/snapshot.ts";
import { specDefaults } from "#core/domain/spec/defaults.ts";
import type { Placement } from "#core/domain/worker/fit.ts";
import type { MachineProfile } from "#core/domain/worker/profile.ts";

/** The instant every made snapshot is read at. */
export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

/** Valid objects from partial ones: a test names only what it is about. */
export const makePlacement = (given: Partial<Placement> = {}): Placement => ({
  cpuMillis: specDefaults.resources.cpuMillis,
  memoryMib: specDefaults.resources.memoryMib,
  nodeSelector: {},
  tolerations: [],
  dedicatedWorker: false,
  ...given,
});

export const makeProfile = (given: Partial<MachineProfile> = {}): MachineProfile => ({
  name: "small",
  cpuMillis: 1000,
  memoryMib: 2048,
  labels: {},
  taints: [],
  minWorkers: 0,
  maxWorkers: 100,
  idleTtlSeconds: 60,
  maxRunsPerWorker: null,
  maxAgeSeconds: null,
  spot: false,
  ...given,
});

/** A worker row that was just created and is known to nobody. */
export const makeWorker = (given: Partial<FleetWorker> = {}): FleetWorker => ({
  id: "w1",
  phase: "Creating",
  profile: "small",
  dedicatedRunId: null,
  dedicatedRunOpen: given.dedicatedRunId == null ? null : true,
  runId: null,
  connected: false,
  externalId: null,
  launchFailures: 0,
  reason: null,
  message: null,
  now: NOW,
  createdAt: NOW,
  firstLaunchAt: null,
  launchedAt: null,
  registerDeadlineAt: null,
  connectDeadlineAt: null,
  leaseExpiresAt: null,
  idleSince: null,
  retireAt: null,
  endingAt: null,
  stopAskedAt: null,
  ...given,
});

/** A worker that is connected, alive and idle since this instant. */
export const makeReady = (given: Partial<FleetWorker> = {}): FleetWorker =>
  makeWorker({
    phase: "Ready",
    connected: true,
    externalId: `machine-of-${given.id ?? "w1"}`,
    firstLaunchAt: NOW - 60_000,
    launchedAt: NOW - 60_000,
    leaseExpiresAt: NOW + 45_000,
    idleSince: NOW,
    ...given,
  });

export const makeOffer = (given: Partial<ReadyWorker> = {}): ReadyWorker => ({
  id: "w1",
  profile: "small",
  cpuMillis: 1000,
  memoryMib: 2048,
  labels: {},
  taints: [],
  dedicatedRunId: null,
  ...given,
});

/** Due runs that need the same, in order of the ids given; the first waits longest. */
export const makeShape = (
  ids: readonly string[],
  given: Partial<QueuedShape> = {},
): QueuedShape => ({
  shape: "default",
  placement: makePlacement(),
  due: ids.length,
  runs: ids.map((id, rank) => ({ id, fence: 0, rank, dueAt: 0, reason: null, message: null })),
  ...given,
});

/** One ready worker that fits a default run. */
export const makeKind = (given: Partial<WorkerKind> = {}): WorkerKind => ({
  ...{ profile: "small", cpuMillis: 1000, memoryMib: 2048, labels: {}, taints: [] },
  ...{ state: "Ready", dedicated: null, excluded: false, workers: 1, workerId: "w1", since: null },
  ...given,
});

export const makeLoad = (given: Partial<ProfileLoad> = {}): ProfileLoad => ({
  ...{ profile: "small", coming: 0, comingSince: null, taken: 0, own: false, trouble: null },
  ...given,
});

/** A run that is due in an install with one empty profile, and what is around it. */
export const makeSnapshot = (
  given: Partial<ExplainSnapshot> = {},
  run: Partial<ExplainedRun> = {},
): ExplainSnapshot => ({
  now: NOW,
  run: {
    ...{ id: "run", phase: "Pending", reason: "Queued", message: null, shape: "shape" },
    placement: makePlacement(),
    ...{ fence: 0, rank: 1, priority: 0, notBefore: NOW, blockedBy: null, blockedSince: null },
    ...{ stopping: false, workerId: null, attempt: null },
    ...run,
  },
  ...{
    queue: [],
    workers: [],

    kinds: [],
    loads: [],
    failing: [],
    launchTokens: 100,
    launching: true,
  },
  position: { ahead: 0, sameShape: 0, isLeast: false },
  fleetIsCut: false,
  profiles: [makeProfile()],
  ...given,
});
