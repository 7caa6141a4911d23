import { limits } from "#core/domain/limits.ts";
import type { FleetWorker, QueuedShape } from "#core/domain/reconcile/snapshot.ts";
import type { Placement } from "#core/domain/worker/fit.ts";
import type { Assigned, ControlStore, NewWorker } from "#core/ports/control-store.ts";
import { stub } from "./stub.ts";

interface Row {
  worker: FleetWorker;
  intent: NewWorker;
  launchAfter: number;
}

/** What waits, and where it was put. */
interface Waiting {
  readonly id: string;
  readonly placement: Placement;
  fence: number;
  assigned: Assigned | null;
}

const GATEWAY = "gateway";
const CLAIM_MS = 30_000;

/**
 * The placing and launching half of the store in memory, with the guards of the real statements:
 * enough for the tick to run against, not a second store. The clock stands still unless moved.
 */
export function createMemoryStore(startAt: number) {
  const runs: Waiting[] = [];
  const rows = new Map<string, Row>();
  let now = startAt;
  let launchEpoch = 1;

  const change = (id: string, given: Partial<FleetWorker>): void => {
    const row = rows.get(id);
    if (row) row.worker = { ...row.worker, ...given };
  };
  const living = () => [...rows.values()].map(({ worker }) => ({ ...worker, now }));

  const store = stub<ControlStore>({
    troubledAttempts: async () => [],
    endAttempts: async () => [],
    overdueRuns: async () => [],
    requestStops: async () => [],
    control: async () => ({
      installId: "install",
      launchEpoch,
      launchTokens: limits.launchBurst,
      launching: true,
      leaseFloor: null,
      now,
    }),
    fleet: async () => living(),
    failingProfiles: async () => [],
    unblockRuns: async () => 0,
    noteWaiting: async () => undefined,

    placement: async () => ({
      queue: shapesOf(runs),
      workers: [...rows.values()]
        .filter(({ worker }) => worker.phase === "Ready")
        .map(({ intent }) => ({ ...intent })),
    }),
    assignRuns: async (pairs) =>
      pairs.flatMap(({ runId, fence, workerId, executionId }) => {
        const run = runs.find(({ id }) => id === runId);
        const worker = rows.get(workerId)?.worker;
        if (!run || run.assigned || run.fence !== fence || worker?.phase !== "Ready") return [];
        run.fence += 1;
        const bound = { runId, workerId, executionId, fence: run.fence };
        run.assigned = { ...bound, gatewayId: GATEWAY, dispatch: null };
        change(workerId, { phase: "Busy", runId });
        return [run.assigned];
      }),

    createWorkers: async (workers, epoch) => {
      if (workers.length === 0 || epoch !== launchEpoch) return [];
      launchEpoch += 1;
      for (const intent of workers)
        rows.set(intent.id, { worker: creating(intent, now), intent, launchAfter: now });
      return workers.map(({ id }) => id);
    },
    claimLaunches: async (limit) => {
      const due = [...rows.values()].filter(
        ({ worker, launchAfter }) =>
          worker.phase === "Creating" && worker.externalId === null && launchAfter <= now,
      );
      return due.slice(0, limit).map((row) => {
        row.launchAfter = now + CLAIM_MS;
        change(row.intent.id, { firstLaunchAt: row.worker.firstLaunchAt ?? now });
        const { id: workerId, launchRequest: request, tokenKeyId } = row.intent;
        return { workerId, request, tokenKeyId, failures: row.worker.launchFailures };
      });
    },
    launchesAccepted: async (launched) => {
      for (const { workerId, externalId } of launched)
        if (rows.get(workerId)?.worker.externalId === null)
          change(workerId, { externalId, launchedAt: now, reason: null, message: null });
    },
    launchesFailed: async (failures) => {
      for (const { workerId, reason, message, waitMs } of failures) {
        const row = rows.get(workerId);
        if (!row || row.worker.externalId !== null) continue;
        row.launchAfter = now + waitMs;
        change(workerId, { reason, message, launchFailures: row.worker.launchFailures + 1 });
      }
    },
    endWorkers: async () => [],
    workersById: async (ids) => living().filter(({ id }) => ids.includes(id)),
    countPending: async () => undefined,
    claimSweep: async () => true,
    deleteExpired: async () => ({
      chunks: 0,
      runs: 0,
      workers: 0,
      keys: 0,
      usage: 0,
      auditEvents: 0,
    }),
  });

  return {
    store,
    runs,
    workers: living,
    advance: (ms: number) => {
      now += ms;
    },
    addRun: (id: string, placement: Placement) =>
      void runs.push({ id, placement, fence: 0, assigned: null }),
    /** A worker that is connected and idle. */
    addReady: (intent: NewWorker) => {
      const worker: FleetWorker = {
        ...creating(intent, now),
        phase: "Ready",
        connected: true,
        externalId: `machine-of-${intent.id}`,
        leaseExpiresAt: Number.MAX_SAFE_INTEGER,
        idleSince: now,
      };
      rows.set(intent.id, { worker, intent, launchAfter: now });
    },
  };
}

const creating = (intent: NewWorker, now: number): FleetWorker => ({
  id: intent.id,
  phase: "Creating",
  profile: intent.profile,
  dedicatedRunId: intent.dedicatedRunId,
  dedicatedRunOpen: intent.dedicatedRunId === null ? null : true,
  runId: null,
  connected: false,
  externalId: null,
  launchFailures: 0,
  reason: null,
  message: null,
  now,
  createdAt: now,
  firstLaunchAt: null,
  launchedAt: null,
  registerDeadlineAt: null,
  connectDeadlineAt: null,
  leaseExpiresAt: null,
  idleSince: null,
  retireAt: null,
  endingAt: null,
  stopAskedAt: null,
});

function shapesOf(runs: readonly Waiting[]): QueuedShape[] {
  const waiting = Map.groupBy(
    runs.filter(({ assigned }) => assigned === null),
    ({ placement }) => JSON.stringify(placement),
  );
  return [...waiting].map(([shape, same]) => ({
    shape,
    placement: (same[0] as Waiting).placement,
    due: same.length,
    runs: same.map(({ id, fence }) => ({
      id,
      fence,
      rank: runs.findIndex((run) => run.id === id),
      dueAt: 0,
      reason: null,
      message: null,
    })),
  }));
}
