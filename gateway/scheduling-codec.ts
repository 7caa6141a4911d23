import type { Foreseen } from "#core/application/foresee-placement.ts";
import { DomainError, type FieldProblem } from "#core/domain/errors.ts";
import { decisionView } from "#core/domain/explain/explain-run.ts";
import type { PlacedRun } from "#core/ports/scheduler-store.ts";
import type {
  ScheduleJobRequest,
  SchedulerConfig,
  SchedulingDecision,
} from "#proto/hodei/scheduler.ts";
import { invalidField } from "./wire-values.ts";

const MIB = 1024 * 1024;

/** What a request says about its worker, as the part of a spec it is; nothing = as any other job. */
export function schedulingInput(request: ScheduleJobRequest): Record<string, unknown> {
  const { strategy, affinityKey, preferredLabels } = request;
  return {
    ...(strategy !== "" && { strategy: strategyName(strategy) }),
    preferredWorkers: request.preferredWorkers.map(({ value }) => value),
    excludedWorkers: request.excludedWorkers.map(({ value }) => value),
    preferredLabels: preferredLabels.map(({ key, value, weight }) => ({
      ...{ key, value },
      ...(weight !== 0 && { weight }),
    })),
    ...(affinityKey !== "" && { affinityKey }),
  };
}

/** The original writes `least_loaded`. */
const strategyName = (text: string): string => text.replaceAll("_", "-");

/** Where a job was put; null = it waits for its first worker, for `waiting`. */
export function placedDecision(
  jobId: string,
  { attempt, now, cpuMillis, memoryMib }: PlacedRun,
  waiting: readonly string[],
): SchedulingDecision {
  if (attempt === null) return emptyDecision(jobId, now, waiting);
  const { workerId, executionId, assignedAt } = attempt;
  const { score, strategy, reasons } = decisionView(attempt.decision, attempt);
  return {
    jobId: { value: jobId },
    selectedWorkerId: { value: workerId },
    executionId: { value: executionId },
    score,
    reasons: [`strategy ${strategy}`, ...reasons],
    decisionTime: new Date(assignedAt),
    allocation: {
      jobId: { value: jobId },
      workerId: { value: workerId },
      allocated: {
        cpuCores: cpuMillis / 1000,
        memoryBytes: memoryMib * MIB,
        ...{ diskBytes: 0, gpuCount: 0, customUsage: {} },
      },
      allocatedAt: new Date(assignedAt),
    },
  };
}

/** What a look would decide. */
export function foreseenDecision(
  jobId: string,
  { now, workerId, decision, reason }: Foreseen,
): SchedulingDecision {
  if (workerId === null || decision === null) return emptyDecision(jobId, now, [reason ?? ""]);
  return {
    ...emptyDecision(jobId, now, [`strategy ${decision.strategy}`, ...decision.reasons]),
    selectedWorkerId: { value: workerId },
    score: decision.score,
  };
}

const emptyDecision = (jobId: string, now: number, reasons: readonly string[]) => ({
  ...{ jobId: { value: jobId }, score: 0, reasons: [...reasons], decisionTime: new Date(now) },
  ...{ selectedWorkerId: undefined, executionId: undefined, allocation: undefined },
});

const KEYS: Readonly<Record<string, string>> = {
  strategy: "strategy",
  worker_strategy: "strategy",
  pending_runs_max: "pendingRunsMax",
  max_queue_depth: "pendingRunsMax",
  version: "version",
};

/** The settings as `PUT /v1/scheduler` takes them. Throws InvalidRequest for what has no effect here. */
export function schedulerInput(config: SchedulerConfig | undefined): Record<string, unknown> {
  if (!config) throw invalidField("config", "is required", "required");
  const problems: FieldProblem[] = [];
  const refuse = (path: string, message: string) =>
    problems.push({ path: `config.${path}`, message });
  if (config.enabledPlugins.length > 0) refuse("enabled_plugins", "there are none");
  if (config.requeueDelay) refuse("requeue_delay", "nothing is queued again after a delay");
  if (config.preemptionEnabled) refuse("preemption_enabled", "no run is put off for another one");
  const body: Record<string, unknown> = {};
  for (const [key, text] of Object.entries(config.pluginConfig)) {
    const name = Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
    const path = `plugin_config[${JSON.stringify(key.slice(0, 80))}]`;
    if (key === "prefer_existing_workers") {
      if (text !== "true") refuse(path, "only true: a machine is made when no worker is there");
    } else if (name === undefined) refuse(path, "is no setting here");
    else if (Object.hasOwn(body, name)) refuse(path, `says again what ${name} is`);
    else body[name] = name === "strategy" ? strategyName(text) : wholeNumber(text);
  }
  if (problems.length > 0)
    throw new DomainError("InvalidRequest", "the configuration of the scheduler is not valid", {
      fields: problems,
    });
  return body;
}

const wholeNumber = (text: string): number => (/^\d{1,15}$/.test(text) ? Number(text) : Number.NaN);
