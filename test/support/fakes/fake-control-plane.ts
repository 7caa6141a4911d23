import { cancelRuns } from "#core/application/cancel-runs.ts";
import { acceptableRun, newRun as rowOf } from "#core/application/new-run.ts";
import type { Operations } from "#core/application/operations.ts";
import { submitRuns } from "#core/application/submit-runs.ts";
import {
  type TemplateOperations,
  templateOperations,
} from "#core/application/template-operations.ts";
import { DomainError } from "#core/domain/errors.ts";
import { explainRun } from "#core/domain/explain/explain-run.ts";
import { isFinal, type RunPhase } from "#core/domain/job-run/phase.ts";
import {
  parseSchedulerChange,
  SCHEDULER_DEFAULTS,
  type StoredScheduler,
} from "#core/domain/scheduling/scheduler-config.ts";
import { parseRunSpec } from "#core/domain/spec/parse-run-spec.ts";
import type { MachineProfile } from "#core/domain/worker/profile.ts";
import type { InsertedRun, NewRun } from "#core/ports/control-store.ts";
import type {
  AttemptView,
  LogPiece,
  RunDetail,
  RunEvent,
  RunReader,
  WorkerFilter,
  WorkerView,
} from "#core/ports/run-reader.ts";
import { NO_TELEMETRY } from "#core/ports/telemetry.ts";
import type { TemplateStore } from "#core/ports/template-store.ts";
import { countQueue } from "./count-queue.ts";
import { EPOCH_MS, newAttempt, newEvent, newRun, runIdOf } from "./fake-rows.ts";
import { createFakeTemplates } from "./fake-templates.ts";
import { fakeVerdict } from "./fake-verdict.ts";
import { idleSnapshot } from "./idle-snapshot.ts";

export { EPOCH_MS, newWorker, runIdOf } from "./fake-rows.ts";

interface StoredRun {
  run: RunDetail;
  attempts: AttemptView[];
  events: RunEvent[];
  pieces: LogPiece[];
}

/** A control plane in memory: what it holds is moved by hand, as a test says. */
export interface FakeControlPlane {
  readonly operations: Operations;
  readonly templateOperations: TemplateOperations;
  readonly templates: TemplateStore;
  readonly reader: RunReader;
  readonly workers: WorkerView[];
  /** What each list of workers was asked for; the filter is the store's, and passes all here. */
  readonly workersAsked: readonly (WorkerFilter | undefined)[];
  /** Who was named as the submitter, in order. */
  readonly submitters: (string | null)[];
  /** Id of the newest run. */
  newest(): string;
  update(runId: string, change: Partial<RunDetail>): void;
  addAttempt(runId: string, attempt: Partial<AttemptView>): void;
  addEvent(runId: string, event: Partial<RunEvent>): void;
  write(runId: string, data: string | Uint8Array, piece?: Partial<LogPiece>): void;
  finish(runId: string, phase: RunPhase, change?: Partial<RunDetail>): void;
  /** Every call from now on throws what this answers, until it is given null. */
  failWith(failure: (() => unknown) | null): void;
}

const RUNS_PER_PAGE_MAX = 500;
/** So few at once that going on is seen. */
const CANCELLED_MAX = 2;

export function createFakeControlPlane(): FakeControlPlane {
  const runs = new Map<string, StoredRun>();
  const byKey = new Map<string, { id: string; digest: string }>();
  const submitters: (string | null)[] = [];
  let configured: StoredScheduler = { ...SCHEDULER_DEFAULTS, version: 0 };
  const workers: WorkerView[] = [];
  const asked: (WorkerFilter | undefined)[] = [];
  let failure: (() => unknown) | null = null;

  const guard = (): void => {
    if (failure !== null) throw failure();
  };
  const stored = (id: string): StoredRun => {
    const found = runs.get(id);
    if (found === undefined) throw new DomainError("RunNotFound", `there is no run ${id}`);
    return found;
  };
  const update = (id: string, change: Partial<RunDetail>): void => {
    stored(id).run = { ...stored(id).run, ...change };
  };

  const holderOf = ({ idempotencyKey }: Pick<NewRun, "idempotencyKey">) =>
    idempotencyKey === null ? undefined : byKey.get(idempotencyKey);
  /** Stores a run unless its key is held; answers its id when it did. */
  const insert = ({ spec, digest, idempotencyKey, submittedBy, id }: NewRun): string | null => {
    if (holderOf({ idempotencyKey })) return null;
    submitters.push(submittedBy);
    const run = newRun(id, { name: spec.name, labels: spec.labels, spec, submittedBy });
    runs.set(id, { run, attempts: [], events: [], pieces: [] });
    if (idempotencyKey !== null) byKey.set(idempotencyKey, { id, digest });
    return id;
  };
  let made = 0;
  const bulk = {
    profiles: [ANY_PROFILE],
    newId: () => runIdOf(++made),
    insertRuns: async (rows: readonly NewRun[]): Promise<InsertedRun[]> =>
      rows.map((row) => ({
        ...{ id: row.id, full: false, poked: false },
        stored: insert(row) === null ? null : STORED,
      })),
    store: {
      findRuns: async (wanted: readonly Pick<NewRun, "id" | "idempotencyKey">[]) =>
        new Map(wanted.flatMap((one) => pairs(one.id, holderOf(one)))),
    },
    wake: { wake: async () => {} },
    telemetry: NO_TELEMETRY,
  };

  const operations: Operations = {
    submitRun: async (request) => {
      guard();
      const row = rowOf(parseRunSpec(request.spec), request, runIdOf(runs.size + 1));
      const earlier = holderOf(row);
      if (earlier !== undefined) {
        if (earlier.digest === row.digest) return { run: stored(earlier.id).run, created: false };
        throw new DomainError("IdempotencyConflict", "the key was used for another request");
      }
      insert(row);
      return { run: stored(row.id).run, created: true };
    },
    submitRuns: async (request) => {
      guard();
      made = runs.size;
      return submitRuns(bulk, request);
    },
    cancelRun: async (id, reason) => {
      guard();
      const { run } = stored(id);
      if (isFinal(run.phase) && run.phase !== "Cancelled") {
        throw new DomainError("AlreadyFinished", `the run has ended as ${run.phase}`);
      }
      const stopping = run.phase === "Running";
      const phase = stopping ? run.phase : "Cancelled";
      update(id, { phase, stopping, reason: "CancelledByUser", message: reason });
      return { run: stored(id).run, stopping };
    },
    foreseeRun: async (request) => {
      guard();
      const run = acceptableRun({ profiles: [ANY_PROFILE], newId: () => runIdOf(0) }, request);
      const ready = workers.find(({ phase }) => phase === "Ready");
      const nothing = { now: EPOCH_MS, workerId: null, decision: null };
      if (!ready)
        return { ...nothing, reason: "no ready worker would take it now", spec: run.spec };
      const decision = { ...PACKED, executionId: null, at: null };
      return { now: EPOCH_MS, workerId: ready.id, decision, reason: null, spec: run.spec };
    },
    scheduler: async () => configured,
    configureScheduler: async (body) => {
      const { version, ...config } = parseSchedulerChange(body);
      if (version !== null && version !== configured.version)
        throw new DomainError("Conflict", "it was changed meanwhile");
      configured = { ...config, version: configured.version + 1 };
      return configured;
    },
    explainRun: async (id) => {
      guard();
      return explainRun(idleSnapshot(stored(id).run));
    },
    cancelRuns: async (request) => {
      guard();
      const meant = [...runs.values()]
        .map(({ run }) => run)
        .filter(({ phase, stopping }) => request.phases.some((one) => one === phase) && !stopping)
        .filter((run) => hasLabels(run, request.labels));
      const store = {
        countCancellable: async () => ({ count: meant.length, until: EPOCH_MS * 1000 }),
        cancellableRuns: async () => meant.map(({ id }) => id).slice(0, CANCELLED_MAX),
        requestStops: async (stops: readonly { runId: string; message: string | null }[]) =>
          Promise.all(
            stops.map(async ({ runId, message }) => {
              const { stopping } = await operations.cancelRun(runId, message, null);
              return { runId, finished: !stopping, gatewayId: null };
            }),
          ),
      };
      const outcome = await cancelRuns({ store }, request);
      const isMore = outcome.cancelled + outcome.stopping >= CANCELLED_MAX;
      return isMore ? { ...outcome, next: EPOCH_MS * 1000 } : outcome;
    },
    patchRun: async (id, { priority, suspend }) => {
      guard();
      const { run } = stored(id);
      if (run.phase !== "Pending")
        throw new DomainError("Conflict", `run ${id} is ${run.phase}: a worker has it`);
      if (priority !== null) update(id, { priority });
      if (suspend !== null) update(id, { reason: suspend ? "Suspended" : "Queued" });
      return stored(id).run;
    },
  };

  const reader: RunReader = {
    run: async (id) => {
      guard();
      return runs.get(id)?.run ?? null;
    },
    runs: async ({ phases, labels, limit, cursor }) => {
      guard();
      const matching = [...runs.values()]
        .map(({ run }) => run)
        .reverse()
        .filter(({ phase }) => phases.length === 0 || phases.includes(phase))
        .filter((run) => hasLabels(run, labels));
      const from = Number(cursor ?? 0);
      const until = from + Math.min(limit, RUNS_PER_PAGE_MAX);
      const next = until < matching.length ? String(until) : null;
      return { runs: matching.slice(from, until), next };
    },
    page: async () => ({ runs: [], total: 0 }),
    attempts: async (id) => stored(id).attempts,
    events: async (id, since, limit) =>
      stored(id)
        .events.filter(({ seq }) => seq > since)
        .slice(0, limit),
    logs: async (id, after, bytesMax) => {
      guard();
      const { run, pieces: all } = stored(id);
      const pieces: LogPiece[] = [];
      let bytes = 0;
      for (const piece of all) {
        const behind =
          piece.attempt > after.attempt ||
          (piece.attempt === after.attempt && piece.seq > after.seq);
        if (!behind) continue;
        bytes += piece.data.length;
        if (bytes > bytesMax) break;
        pieces.push(piece);
      }
      const last = pieces.at(-1);
      const next = last === undefined ? after : { attempt: last.attempt, seq: last.seq };
      const isEnd = last === undefined || last === all.at(-1);
      return { pieces, next, complete: isFinal(run.phase) && isEnd };
    },
    verifyLogs: async (id) => {
      guard();
      const kept = runs.get(id);
      return kept ? fakeVerdict(kept) : null;
    },
    queue: async () => {
      guard();
      return countQueue([...runs.values()].map(({ run }) => run));
    },
    workers: async (withTerminated, limit, filter) => {
      guard();
      asked.push(filter);
      return workers
        .filter(({ phase }) => withTerminated || phase !== "Terminated")
        .slice(0, limit);
    },
    runCounts: async () => {
      const phases = [...runs.values()].map(({ run }) => run.phase);
      const count = (phase: RunDetail["phase"]) => phases.filter((one) => one === phase).length;
      return {
        ...{ pending: count("Pending"), assigned: count("Assigned"), running: count("Running") },
        ...{ succeeded: count("Succeeded"), failed: count("Failed") },
        ...{ cancelled: count("Cancelled"), at: Date.now() },
      };
    },
  };

  const templates = createFakeTemplates({
    guard,
    insert,
    update,
    runs: () => [...runs.values()].map(({ run }) => run),
  });
  let ids = 0x1000;
  const rerun = {
    ...bulk,
    newId: () => runIdOf(++ids),
    insertRun: async (row: NewRun): Promise<InsertedRun> => {
      const isStored = insert(row) !== null;
      if (isStored) update(row.id, { rerunOf: row.rerunOf });
      return { id: row.id, full: false, poked: false, stored: isStored ? STORED : null };
    },
  };

  return {
    operations,
    templates,
    templateOperations: templateOperations({ ...rerun, reader, templates }),
    reader,
    workers,
    workersAsked: asked,
    submitters,
    newest: () => [...runs.keys()].at(-1) ?? "none",
    update,
    addAttempt: (id, attempt) => {
      const { attempts } = stored(id);
      attempts.push({ ...newAttempt(attempts.length + 1), ...attempt });
      update(id, { attempts: attempts.length });
    },
    addEvent: (id, event) => {
      const { events } = stored(id);
      events.push({ ...newEvent(events.length + 1), ...event });
    },
    write: (id, data, piece = {}) => {
      const { pieces } = stored(id);
      const attempt = piece.attempt ?? 1;
      const seq = pieces.filter((other) => other.attempt === attempt).length + 1;
      const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
      const rest = {
        stream: "stdout",
        at: EPOCH_MS,
        truncated: null,
        gap: null,
        ...piece,
      } as const;
      pieces.push({ ...rest, attempt, seq, data: bytes });
    },
    finish: (id, phase, change = {}) => {
      update(id, { phase, finishedAt: EPOCH_MS + 5000, stopping: false, ...change });
    },
    failWith: (next) => {
      failure = next;
    },
  };
}

const pairs = <T>(id: string, value: T | undefined): [string, T][] =>
  value === undefined ? [] : [[id, value]];

const hasLabels = (run: RunDetail, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(labels).every(([key, value]) => run.labels[key] === value);

const ANY_PROFILE: MachineProfile = {
  ...{ name: "any", cpuMillis: 16_000, memoryMib: 65_536, labels: {}, taints: [] },
  ...{ minWorkers: 0, maxWorkers: 10, idleTtlSeconds: 60, spot: false },
  ...{ maxRunsPerWorker: null, maxAgeSeconds: null },
};

const PACKED = {
  ...{ strategy: "packing" as const, candidates: null, score: 0, reasons: ["fits most tightly"] },
};

const STORED: InsertedRun["stored"] = {
  createdAt: EPOCH_MS,
  notBefore: EPOCH_MS,
  deadlineAt: EPOCH_MS,
  reason: "Queued",
  workerId: null,
};
