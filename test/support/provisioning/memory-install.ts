import { limits } from "#core/domain/limits.ts";
import type { FleetWorker, QueuedRun, QueuedShape } from "#core/domain/reconcile/snapshot.ts";
import type { MachineProfile } from "#core/domain/worker/profile.ts";
import type { AttemptContext, ControlStore, NewWorker } from "#core/ports/control-store.ts";
import { KINDS, type Kind, PLACEMENTS, profileOf } from "./kinds.ts";
import { breachOf, type Ledger, noteAlive, openLedger } from "./law.ts";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
export interface Run {
  readonly id: string;
  readonly kind: Kind;
  readonly rank: number;
  fence: number;
  phase: "waiting" | "running" | "over";
}
export interface Worker {
  readonly row: Mutable<Omit<FleetWorker, "phase">> & {
    phase: FleetWorker["phase"] | "Terminated";
  };
  readonly intent: NewWorker;
  launchAfter: number;
  taken: number;
  /** Its loss is in the books. */
  lost: boolean;
}

const CLAIM_MS = 30_000;
const SERVING = ["Creating", "Connecting", "Ready", "Busy"];
const stays = ({ row }: Worker) => SERVING.includes(row.phase);
/** Ends that ask for no other worker. */
const NOT_LOST = ["idle", "dedicated-orphan", "drained"];

/**
 * The placing and launching half of the store, as small as it can be, with the guards of the real
 * statements and the books of the law beside them. The same schedules run on the real SQL in
 * `test/store/provisioning-law.test.ts`.
 */
export class MemoryInstall {
  readonly runs: Run[] = [];
  readonly workers: Worker[] = [];
  readonly ledger: Ledger;
  readonly profiles: readonly MachineProfile[];
  /** `rest`: what this world has none of, and where nothing can come between. */
  readonly store: { readonly moves: Partial<ControlStore>; readonly rest: Partial<ControlStore> };
  now = 1_000_000;
  epoch = 1;
  /** The first thing that broke the law. */
  breach: string | null = null;

  constructor(profiles: readonly MachineProfile[]) {
    this.profiles = profiles;
    this.ledger = openLedger(profiles);
    const moves = { ...this.#placingHalf(), ...this.#launchingHalf(), ...this.#endingHalf() };
    this.store = { moves, rest: NOTHING };
  }

  submit(kind: Kind): void {
    const rank = this.runs.length;
    this.runs.push({ id: `run-${rank}`, kind, rank, fence: 0, phase: "waiting" });
    this.#asksFor(kind, "submitted");
  }
  cancel(run: Run): void {
    run.phase = "over";
  }
  /** The machine runs its worker: registered, and connected the next time. */
  comesUp({ row }: Worker): void {
    if (row.phase === "Creating") row.phase = "Connecting";
    else if (row.phase === "Connecting") {
      row.phase = "Ready";
      row.connected = true;
      row.idleSince = this.now;
    }
  }
  streamBreaks(worker: Worker): void {
    worker.row.connected = false;
    if (worker.row.phase === "Ready" && worker.taken === 0) this.#loses(worker);
  }
  streamReturns({ row }: Worker): void {
    row.connected = true;
  }
  /** A result; `again`: the run comes back to the queue. */
  finishes(worker: Worker, again: boolean): void {
    const { row, intent } = worker;
    this.#release(row.runId, again);
    row.runId = null;
    row.idleSince = this.now;
    const wornOut = intent.maxRuns !== null && worker.taken >= intent.maxRuns;
    if (row.phase === "Busy") row.phase = wornOut ? "Draining" : "Ready";
    this.#balance();
  }

  #asksFor(kind: Kind, why: "submitted" | "returned"): void {
    const account = this.ledger.get(profileOf(kind, this.profiles) ?? "");
    if (account) account.demand[why] += 1;
  }
  #release(runId: string | null, again: boolean): void {
    const run = this.runs.find(({ id }) => id === runId);
    if (!run) return;
    run.phase = again ? "waiting" : "over";
    if (again) this.#asksFor(run.kind, "returned");
  }
  #loses(worker: Worker): void {
    const account = this.ledger.get(worker.row.profile);
    if (worker.lost || !account) return;
    worker.lost = true;
    account.demand.lost += 1;
  }
  #ends(worker: Worker, phase: "Terminating" | "Terminated", lost: boolean): void {
    if (lost && worker.taken === 0 && stays(worker)) this.#loses(worker);
    worker.row.phase = phase;
    worker.row.endingAt ??= this.now;
    this.#balance();
  }

  /** Called after whatever changes the fleet. */
  #balance(): void {
    for (const profile of this.profiles) {
      const account = this.ledger.get(profile.name);
      if (!account) continue;
      const staying = this.workers.filter(
        (worker) => worker.row.profile === profile.name && stays(worker),
      );
      const shared = staying.filter(({ row }) => row.dedicatedRunId === null).length;
      noteAlive(account, profile.minWorkers, shared);
      this.breach ??= breachOf(profile, account, staying.length);
    }
  }
  #worker = (id: string): Worker | undefined => this.workers.find(({ row }) => row.id === id);

  #placingHalf(): Partial<ControlStore> {
    return {
      control: async () => ({
        ...{ installId: "install", launchEpoch: this.epoch, launchTokens: limits.launchBurst },
        ...{ launching: true, leaseFloor: null, now: this.now },
      }),
      fleet: async () =>
        this.workers.flatMap(({ row }) => {
          if (row.phase === "Terminated") return [];
          const { dedicatedRunId: own } = row;
          const run = own === null ? null : this.runs.find(({ id }) => id === own);
          const dedicatedRunOpen = run ? run.phase !== "over" : null;
          return [{ ...row, now: this.now, dedicatedRunOpen } as FleetWorker];
        }),
      placement: async () => ({
        queue: KINDS.flatMap((kind) => this.#shapeOf(kind)),
        workers: this.workers
          .filter(({ row }) => row.phase === "Ready" && row.connected)
          .map(({ intent }) => intent),
      }),
      assignRuns: async (pairs) =>
        pairs.flatMap(({ runId, fence, workerId, executionId }) => {
          const run = this.runs.find(({ id }) => id === runId);
          const worker = this.#worker(workerId);
          if (run?.phase !== "waiting" || run.fence !== fence || worker?.row.phase !== "Ready")
            return [];
          this.#takes(worker, run);
          return [
            { runId, workerId, executionId, fence: run.fence, gatewayId: "g", dispatch: null },
          ];
        }),
    };
  }
  #takes(worker: Worker, run: Run): void {
    const account = this.ledger.get(worker.row.profile);
    const isOther = profileOf(run.kind, this.profiles) !== worker.row.profile;
    if (account && isOther) account.demand.displaced += 1;
    worker.taken += 1;
    worker.row.phase = "Busy";
    worker.row.runId = run.id;
    run.phase = "running";
    run.fence += 1;
  }
  #shapeOf(kind: Kind): QueuedShape[] {
    const waiting = this.runs.filter((run) => run.kind === kind && run.phase === "waiting");
    if (waiting.length === 0) return [];
    const runs = waiting.map(
      ({ id, fence, rank }): QueuedRun => ({
        ...{ id, fence, rank, dueAt: 0, reason: null, message: null },
      }),
    );
    return [{ shape: kind, placement: PLACEMENTS[kind], due: runs.length, runs }];
  }

  #launchingHalf(): Partial<ControlStore> {
    return {
      createWorkers: async (workers, epoch) => {
        if (workers.length === 0 || epoch !== this.epoch) return [];
        this.epoch += 1;
        for (const intent of workers) {
          this.workers.push(creating(intent, this.now));
          const account = this.ledger.get(intent.profile);
          if (account) account.launches += 1;
        }
        this.#balance();
        return workers.map(({ id }) => id);
      },
      claimLaunches: async (limit) => {
        const due = this.workers.filter(
          ({ row, launchAfter }) =>
            row.phase === "Creating" && row.externalId === null && launchAfter <= this.now,
        );
        return due.slice(0, limit).map((worker) => {
          worker.launchAfter = this.now + CLAIM_MS;
          worker.row.firstLaunchAt ??= this.now;
          const { id: workerId, launchRequest: request, tokenKeyId } = worker.intent;
          return { workerId, request, tokenKeyId, failures: worker.row.launchFailures };
        });
      },
      launchesAccepted: async (launched) => {
        for (const { workerId, externalId } of launched) {
          const worker = this.#worker(workerId);
          if (worker?.row.externalId !== null) continue;
          worker.row.externalId = externalId;
          worker.row.launchedAt = this.now;
          worker.row.registerDeadlineAt = this.now + limits.registerDeadlineMs;
        }
      },
      launchesFailed: async (failures) => {
        for (const { workerId, reason, message, waitMs } of failures) {
          const worker = this.#worker(workerId);
          if (worker?.row.phase !== "Creating" || worker.row.externalId !== null) continue;
          worker.launchAfter = this.now + waitMs;
          worker.row.launchFailures += 1;
          Object.assign(worker.row, { reason, message });
        }
      },
    };
  }

  #endingHalf(): Partial<ControlStore> {
    return {
      endWorkers: async (ends) =>
        ends.flatMap(({ workerId, rule, reason, idleMs }) => {
          const worker = this.#worker(workerId);
          if (!worker || !this.#holds(worker, rule, idleMs)) return [];
          this.#ends(worker, "Terminating", !NOT_LOST.includes(rule));
          return [{ workerId, phase: "Terminating" as const, reason, runId: null }];
        }),
      heldAttempts: async (ids) =>
        ids.flatMap((id) => {
          const worker = this.#worker(id);
          const run = this.runs.find((one) => one.id === worker?.row.runId);
          return worker && run ? [contextOf(worker, run)] : [];
        }),
      endMachines: async (ends) =>
        ends.flatMap(({ workerId, attempt, reason }) => {
          const worker = this.#worker(workerId);
          if (!worker || worker.row.phase === "Terminated") return [];
          if (worker.row.runId !== (attempt?.runId ?? null)) return [];
          this.#release(worker.row.runId, attempt?.next.phase === "Pending");
          worker.row.runId = null;
          this.#ends(worker, "Terminated", true);
          return [{ workerId, runId: null, fence: null, phase: null, reason, waitMs: 0 }];
        }),
    };
  }
  #holds({ row }: Worker, rule: string, idleMs: number): boolean {
    switch (rule) {
      case "idle":
        return row.phase === "Ready" && (row.idleSince ?? 0) <= this.now - idleMs;
      case "drained":
        return row.phase === "Draining" && row.runId === null;
      case "register-late":
        return row.phase === "Creating" && (row.registerDeadlineAt ?? this.now + 1) <= this.now;
      case "launch-given-up":
        return row.phase === "Creating" && row.externalId === null;
      case "dedicated-orphan":
        return (
          row.runId === null &&
          ["Creating", "Connecting", "Ready"].includes(row.phase) &&
          !this.runs.some(({ id, phase }) => id === row.dedicatedRunId && phase !== "over")
        );
      default:
        return false;
    }
  }
}

const NOTHING: Partial<ControlStore> = {
  troubledAttempts: async () => [],
  endAttempts: async () => [],
  overdueRuns: async () => [],
  requestStops: async () => [],
  failingProfiles: async () => [],
  unblockRuns: async () => 0,
  noteWaiting: async () => undefined,
  stopsAsked: async () => undefined,
  countPending: async () => undefined,
  claimSweep: async () => false,
};

const creating = (intent: NewWorker, now: number): Worker => ({
  ...{ intent, launchAfter: now, taken: 0, lost: false },
  row: {
    ...{ id: intent.id, phase: "Creating", profile: intent.profile, now, createdAt: now },
    ...{ dedicatedRunId: intent.dedicatedRunId, dedicatedRunOpen: null, runId: null },
    ...{ connected: false, externalId: null, launchFailures: 0, reason: null, message: null },
    ...{ firstLaunchAt: null, launchedAt: null, registerDeadlineAt: null, retireAt: null },
    ...{ connectDeadlineAt: null, leaseExpiresAt: null, idleSince: null, endingAt: null },
    stopAskedAt: null,
  },
});

const contextOf = ({ row }: Worker, run: Run): AttemptContext => ({
  ...{ runId: run.id, fence: run.fence, workerId: row.id, executionId: `${run.id}-${run.fence}` },
  phase: "Running",
  policy: {
    ...{ backoffLimit: 0, infrastructureLimit: 5, replacement: "AfterGone" },
    backoff: { initialSeconds: 0, factor: 1, maxSeconds: 0, jitter: 0 },
  },
  history: { charged: 0, workerLost: 0, returned: 0 },
});
