import { DomainError, type FieldProblem } from "#core/domain/errors.ts";
import type { WorkerPhase } from "#core/domain/worker/phase.ts";
import type { RunCounts, WorkerView } from "#core/ports/run-reader.ts";
import type { AvailableWorker, QueueStatus, WorkerFilterCriteria } from "#proto/hodei/scheduler.ts";
import {
  type LabelSelector,
  type LabelSelectorRequirement,
  type ResourceRequirements,
  WorkerStatus,
} from "#proto/hodei.ts";
import type { UsageReport } from "./usage-reports.ts";

const MIB = 1024 * 1024;

/** What the original's scheduler calls these; its numbers say more than their names. */
export const WORKER_STATUS: Readonly<Record<WorkerPhase, WorkerStatus>> = {
  Creating: WorkerStatus.WORKER_STATUS_REGISTERING,
  Connecting: WorkerStatus.WORKER_STATUS_REGISTERING,
  Ready: WorkerStatus.WORKER_STATUS_AVAILABLE,
  Busy: WorkerStatus.JOB_STATUS_BUSY,
  Draining: WorkerStatus.WORKER_STATUS_DRAINING,
  Terminating: WorkerStatus.WORKER_STATUS_ERROR,
  Terminated: WorkerStatus.WORKER_STATUS_OFFLINE,
};

export const queueStatus = (counts: RunCounts): QueueStatus => ({
  pendingJobs: counts.pending,
  runningJobs: counts.assigned + counts.running,
  completedJobs: counts.succeeded,
  failedJobs: counts.failed,
  cancelledJobs: counts.cancelled,
  lastUpdated: new Date(counts.at),
});

type Criterion = (worker: WorkerView, now: number) => boolean;

/** The test that a worker must pass. Throws InvalidRequest for what cannot be judged here. */
export function workerCriteria(filter: WorkerFilterCriteria | undefined): Criterion {
  if (!filter) return () => true;
  const problems: FieldProblem[] = [];
  const refuse = (path: string, message: string) =>
    problems.push({ path: `filter.${path}`, message });
  const unknown = "nothing is known of it here";
  if (filter.requiredCapabilities.length > 0) refuse("required_capabilities", unknown);
  if (filter.requiredTaints.length > 0) refuse("required_taints", unknown);
  if (filter.allowedSchedulers.length > 0) refuse("allowed_schedulers", "there is one scheduler");
  const criteria: Criterion[] = [
    ofStatus(filter.requiredStatus, refuse),
    ...labelCriteria(filter.labelSelector, refuse),
    hasLabels(filter.nodeSelector?.nodeLabels ?? {}),
    hasResources(filter.minResources),
    ofAge(filter.maxAge),
  ];
  if (problems.length > 0)
    throw new DomainError("InvalidRequest", "the filter is not valid", { fields: problems });
  return (worker, now) => criteria.every((holds) => holds(worker, now));
}

type Refuse = (path: string, message: string) => void;

/** 0 is also what a client sends that asks for none; 1 filters nothing either, as it always did. */
function ofStatus(status: WorkerStatus, refuse: Refuse): Criterion {
  const unfiltered: WorkerStatus[] = [
    WorkerStatus.WORKER_STATUS_OFFLINE,
    WorkerStatus.WORKER_STATUS_REGISTERING,
  ];
  if (unfiltered.includes(status)) return () => true;
  if (!Object.values(WORKER_STATUS).includes(status))
    refuse("required_status", "is not a worker's status");
  return ({ phase }) => WORKER_STATUS[phase] === status;
}

const hasLabels =
  (wanted: Readonly<Record<string, string>>): Criterion =>
  ({ labels }) =>
    Object.entries(wanted).every(([key, value]) => labels[key] === value);

function labelCriteria(selector: LabelSelector | undefined, refuse: Refuse): Criterion[] {
  if (!selector) return [];
  const { matchLabels, matchExpressions } = selector;
  return [
    hasLabels(matchLabels),
    ...matchExpressions.map((expression, at) => {
      const holds = EXPRESSIONS[expression.operator];
      if (!holds)
        refuse(
          `label_selector.match_expressions[${at}].operator`,
          Object.keys(EXPRESSIONS).join(", "),
        );
      return ({ labels }: WorkerView) => holds?.(labels[expression.key], expression) ?? false;
    }),
  ];
}

type Holds = (value: string | undefined, { values }: LabelSelectorRequirement) => boolean;

/** As in Kubernetes: a missing label is in no set. */
const EXPRESSIONS: Readonly<Record<string, Holds>> = {
  In: (value, { values }) => value !== undefined && values.includes(value),
  NotIn: (value, { values }) => value === undefined || !values.includes(value),
  Exists: (value) => value !== undefined,
  DoesNotExist: (value) => value === undefined,
};

/** No machine here has a GPU or a resource of its own kind; of disks nothing is known. */
function hasResources(wanted: ResourceRequirements | undefined): Criterion {
  if (!wanted) return () => true;
  const { cpuCores, memoryBytes, diskBytes, gpuCount, customRequired } = wanted;
  const special = gpuCount > 0 || diskBytes > 0 || Object.values(customRequired).some((n) => n > 0);
  return ({ cpuMillis, memoryMib }) =>
    !special && cpuMillis >= 1000 * cpuCores && memoryMib * MIB >= memoryBytes;
}

function ofAge(maxAge: { seconds: number; nanos: number } | undefined): Criterion {
  if (!maxAge) return () => true;
  const maxMs = 1000 * maxAge.seconds + maxAge.nanos / 1e6;
  return ({ lastHeartbeatAt }, now) => lastHeartbeatAt !== null && now - lastHeartbeatAt <= maxMs;
}

/** `usage`: its newest report at this gateway. */
export function availableWorker(
  worker: WorkerView,
  usage: UsageReport | undefined,
): AvailableWorker {
  const workerId = { value: worker.id };
  return {
    workerId,
    schedulingInfo: {
      workerId,
      nodeSelector: { nodeLabels: { ...worker.labels } },
      tolerations: [],
      score: 0,
      reason: [],
    },
    currentUsage: usage && {
      cpuCores: (usage.cpuPercent / 100) * (worker.cpuMillis / 1000),
      memoryBytes: usage.memoryBytes,
      diskBytes: usage.diskBytes,
      gpuCount: 0,
      customUsage: { ...usage.custom },
    },
    status: WORKER_STATUS[worker.phase],
    lastHeartbeat: worker.lastHeartbeatAt === null ? undefined : new Date(worker.lastHeartbeatAt),
  };
}
