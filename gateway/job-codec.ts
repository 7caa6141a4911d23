import { DomainError, type FieldProblem } from "#core/domain/errors.ts";
import type { RunInput } from "#core/domain/spec/run-input.ts";
import type { AttemptView, RunDetail } from "#core/ports/run-reader.ts";
import {
  ExecutionState,
  type JobDefinition,
  type JobExecution,
  JobStatus,
  PriorityLevel,
} from "#proto/hodei.ts";

/** The scratch disk of a Fargate task that asks for none. */
const DISK_BYTES_MAX = 20 * 1024 ** 3;

const PRIORITIES: Readonly<Record<number, number>> = {
  [PriorityLevel.PRIORITY_LOW]: 0, // what a client that says nothing sends
  [PriorityLevel.PRIORITY_NORMAL]: 0,
  [PriorityLevel.PRIORITY_HIGH]: 100,
  [PriorityLevel.PRIORITY_CRITICAL]: 200,
};

/**
 * The wire's job definition as the document a user would write; parsed by the one parser of specs.
 * What the wire can say and a spec cannot (match expressions other than a single value) is refused
 * by path, never dropped.
 */
export function specInput(job: JobDefinition): Record<string, unknown> {
  const problems: FieldProblem[] = [];
  const selector = { ...job.scheduling?.requiredLabels, ...job.selector?.matchLabels };
  for (const [i, { key, operator, values }] of (job.selector?.matchExpressions ?? []).entries()) {
    if (operator === "In" && values.length === 1) selector[key] = values[0] ?? "";
    else
      problems.push({
        path: `selector.match_expressions[${i}]`,
        message: "only `In` with one value can be required of a worker",
      });
  }
  problems.push(...unmeetable(job));
  if (problems.length > 0)
    throw new DomainError("InvalidSpec", "the job definition is not valid", { fields: problems });
  const { cpuCores = 0, memoryBytes = 0 } = job.requirements ?? {};
  const seconds = (duration: { seconds: number; nanos: number } | undefined) =>
    duration ? duration.seconds + duration.nanos / 1e9 : 0;
  const timeout = seconds(job.timeout?.executionTimeout);
  const deadline = seconds(job.scheduling?.deadline);
  return {
    ...(job.name && { name: job.name }),
    ...commandInput(job),
    env: job.environment,
    resources: {
      ...(cpuCores !== 0 && { cpu: cpuCores }),
      ...(memoryBytes !== 0 && { memory: memoryBytes }),
    },
    nodeSelector: selector,
    tolerations: job.tolerations.map(({ key, operator, value }) => ({
      key,
      operator: operator || "Equal",
      value,
    })),
    priority: PRIORITIES[job.scheduling?.priority ?? PriorityLevel.PRIORITY_NORMAL] ?? 0,
    ...(timeout !== 0 && { attemptTimeoutSeconds: Math.ceil(timeout) }),
    ...(deadline !== 0 && { activeDeadlineSeconds: Math.ceil(deadline) }),
  };
}

const SHEBANG = /^#![ \t]*(?:\S*\/env[ \t]+)?(\S+)/;

/**
 * The original's command lines put a whole line, and the later one the text of a script, into
 * `command` and nothing into `arguments`; no program has such a name.
 */
function commandInput(job: JobDefinition): Pick<RunInput, "command" | "shell" | "script"> {
  const { command, arguments: args } = job;
  if (args.length > 0 || command.trim() === "" || !/\s/.test(command))
    return { command: [command, ...args].filter((word, i) => i > 0 || word !== "") };
  const interpreter = SHEBANG.exec(command)?.[1];
  return interpreter ? { script: { interpreter, content: command } } : { shell: command };
}

/** Requirements that no machine here can be chosen by: refused, because dropping them would lie. */
function unmeetable({ requirements, scheduling }: JobDefinition): FieldProblem[] {
  const { gpuCount = 0, diskBytes = 0, customRequired = {} } = requirements ?? {};
  const problems: FieldProblem[] = [];
  const refuse = (path: string, message: string) => problems.push({ path, message });
  if (gpuCount !== 0) refuse("requirements.gpu_count", "no machine here has a GPU");
  if (diskBytes < 0 || diskBytes > DISK_BYTES_MAX)
    refuse("requirements.disk_bytes", `from 0 to ${DISK_BYTES_MAX}`);
  for (const name of Object.keys(customRequired))
    refuse(
      `requirements.custom_required[${JSON.stringify(name)}]`,
      "not a resource of any machine",
    );
  for (const name of Object.keys(scheduling?.requiredAnnotations ?? {}))
    refuse(
      `scheduling.required_annotations[${JSON.stringify(name)}]`,
      "no worker here has annotations",
    );
  if (scheduling && !(scheduling.priority in PRIORITIES))
    refuse("scheduling.priority", "not a priority level");
  return problems;
}

/** Wire status of a run: TIMEOUT is Failed for its deadline. */
export function jobStatus(run: Pick<RunDetail, "phase" | "reason">): JobStatus {
  switch (run.phase) {
    case "Pending":
      return JobStatus.JOB_STATUS_QUEUED;
    case "Assigned":
      return JobStatus.JOB_STATUS_ASSIGNED;
    case "Running":
      return JobStatus.JOB_STATUS_RUNNING;
    case "Succeeded":
      return JobStatus.JOB_STATUS_COMPLETED;
    case "Cancelled":
      return JobStatus.JOB_STATUS_CANCELLED;
    case "Failed":
      return run.reason === "DeadlineExceeded"
        ? JobStatus.JOB_STATUS_TIMEOUT
        : JobStatus.JOB_STATUS_FAILED;
    default:
      return run.phase satisfies never;
  }
}

const EXECUTION_STATES: Record<AttemptView["phase"], ExecutionState> = {
  Assigned: ExecutionState.EXECUTION_STATE_STARTING,
  Running: ExecutionState.EXECUTION_STATE_RUNNING,
  Succeeded: ExecutionState.EXECUTION_STATE_COMPLETED,
  Failed: ExecutionState.EXECUTION_STATE_FAILED,
  Stopped: ExecutionState.EXECUTION_STATE_CANCELLED,
  Returned: ExecutionState.EXECUTION_STATE_CANCELLED,
  Lost: ExecutionState.EXECUTION_STATE_FAILED,
};

const date = (ms: number | null): Date | undefined => (ms === null ? undefined : new Date(ms));

export function jobExecution(run: RunDetail, attempt: AttemptView): JobExecution {
  const timedOut = attempt.failure === "timeout" || attempt.failure === "deadline";
  return {
    executionId: { value: attempt.executionId },
    jobId: { value: run.id },
    workerId: { value: attempt.workerId },
    state: timedOut ? ExecutionState.EXECUTION_STATE_TIMEOUT : EXECUTION_STATES[attempt.phase],
    jobStatus: jobStatus(run),
    startTime: date(attempt.startedAt),
    endTime: date(attempt.endedAt),
    retryCount: attempt.number - 1,
    exitCode: attempt.exitCode === null ? "" : String(attempt.exitCode),
    errorMessage: attempt.message ?? "",
    metadata: attempt.failure === null ? {} : { failure: attempt.failure },
  };
}

/** The definition as it was understood: argv back into command and arguments. */
export function jobDefinition({ id, spec }: RunDetail): JobDefinition {
  const words =
    spec.command.kind === "argv"
      ? spec.command.argv
      : spec.command.kind === "shell"
        ? ["/bin/sh", "-c", spec.command.line]
        : [spec.command.interpreter, "-c", spec.command.content];
  const [command = "", ...rest] = words;
  const duration = (seconds: number) => ({ seconds: Math.floor(seconds), nanos: 0 });
  return {
    jobId: { value: id },
    name: spec.name,
    description: "",
    command,
    arguments: [...rest],
    environment: { ...spec.env },
    requirements: {
      cpuCores: spec.resources.cpuMillis / 1000,
      memoryBytes: spec.resources.memoryMib * 1024 * 1024,
      diskBytes: 0,
      gpuCount: 0,
      customRequired: {},
    },
    scheduling: undefined,
    selector: { matchLabels: { ...spec.nodeSelector }, matchExpressions: [] },
    tolerations: spec.tolerations.map(({ key, operator, value }) => ({
      key,
      operator,
      value,
      tolerationSeconds: undefined,
    })),
    timeout:
      spec.attemptTimeoutSeconds === null
        ? undefined
        : {
            executionTimeout: duration(spec.attemptTimeoutSeconds),
            heartbeatTimeout: undefined,
            cleanupTimeout: undefined,
          },
    tags: [],
  };
}
