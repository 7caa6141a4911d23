import { DomainError, type FieldProblem } from "#core/domain/errors.ts";
import type { RunPhase } from "#core/domain/job-run/phase.ts";
import type { Command, RunSpec } from "#core/domain/spec/run-spec.ts";
import type { TemplateStatus } from "#core/domain/template/template.ts";
import type { RunDetail, RunSummary } from "#core/ports/run-reader.ts";
import type { TemplateStats, TemplateSummary, TemplateView } from "#core/ports/template-store.ts";
import type {
  JobSpec,
  JobTemplate,
  JobTemplateParameter,
  TemplateExecution,
} from "#proto/hodei/job/templates.ts";

/** The scratch disk of a Fargate task that asks for none. */
const DISK_MB_MAX = 20 * 1024;
const PRIORITIES: Readonly<Record<string, number>> = {
  LOW: 0,
  NORMAL: 0,
  HIGH: 100,
  CRITICAL: 200,
};

/**
 * The wire's spec as the document a user would write; parsed by the one parser of specs. What it says and
 * a spec cannot is refused by path, never dropped; what is only preferred is no requirement.
 */
export function templateSpecInput(spec: JobSpec): Record<string, unknown> {
  const problems = unmeetable(spec);
  const { nodeSelector, refused } = selectorOf(spec);
  problems.push(...refused);
  if (problems.length > 0)
    throw new DomainError("InvalidSpec", "the spec asks for what is not there", {
      fields: problems,
    });
  const { cpuCores = 0, memoryMb = 0 } = spec.resources ?? {};
  return {
    command: [spec.command, ...spec.arguments].filter((word, at) => at > 0 || word !== ""),
    env: spec.environment,
    ...(spec.workingDir !== "" && { workingDir: spec.workingDir }),
    resources: {
      // A float of the wire: 0.1 arrives as 0.10000000149.
      ...(cpuCores !== 0 && { cpu: Math.round(cpuCores * 1000) / 1000 }),
      ...(memoryMb !== 0 && { memory: `${memoryMb}Mi` }),
    },
    nodeSelector,
    priority: PRIORITIES[spec.preferences?.priority || "NORMAL"] ?? 0,
    ...(spec.timeoutMs !== 0 && { attemptTimeoutSeconds: Math.ceil(spec.timeoutMs / 1000) }),
  };
}

function selectorOf({ constraints, preferences }: JobSpec) {
  const nodeSelector: Record<string, string> = { ...preferences?.requiredLabels };
  const refused: FieldProblem[] = [];
  for (const [at, { key, operator, value }] of constraints.entries()) {
    const isOne = operator === "EQ" || (operator === "IN" && !value.includes(","));
    if (isOne) nodeSelector[key] = value;
    else
      refused.push({
        path: `spec.constraints[${at}]`,
        message: "only EQ, and IN with one value, can be required of a worker",
      });
  }
  return { nodeSelector, refused };
}

function unmeetable({ image, stdin, inputs, outputs, resources, preferences }: JobSpec) {
  const problems: FieldProblem[] = [];
  const refuse = (is: boolean, path: string, message: string): void => {
    if (is) problems.push({ path: `spec.${path}`, message });
  };
  const { storageMb = 0, gpuRequired = false, architecture = "" } = resources ?? {};
  const { priority = "", maxBudget = 0, requiredAnnotations = {} } = preferences ?? {};
  refuse(image !== "", "image", "a job runs in its worker's file system");
  refuse(stdin !== "", "stdin", "a job of a template reads nothing on standard input");
  refuse(inputs.length > 0, "inputs", "no files are brought to a job");
  refuse(outputs.length > 0, "outputs", "no files are taken from a job");
  refuse(storageMb > DISK_MB_MAX, "resources.storage_mb", `at most ${DISK_MB_MAX}`);
  refuse(gpuRequired, "resources.gpu_required", "no machine here has a GPU");
  refuse(architecture !== "", "resources.architecture", "require it by a label of the worker");
  refuse(maxBudget !== 0, "preferences.max_budget", "nothing here is priced");
  const annotated = Object.keys(requiredAnnotations).length > 0;
  refuse(annotated, "preferences.required_annotations", "no worker has annotations");
  refuse(!(priority === "" || priority in PRIORITIES), "preferences.priority", "no such priority");
  return problems;
}

/** A parameter as a user would write it. */
export function parameterInput(parameter: JobTemplateParameter): Record<string, unknown> {
  const { name, description, required, choices, secret } = parameter;
  const { defaultValue, validationPattern, minValue, maxValue } = parameter;
  const type = secret ? "secret" : parameter.parameterType.toLowerCase() || "string";
  const hasBounds = minValue !== 0 || maxValue !== 0;
  return {
    ...{ name, type, description, required },
    ...(defaultValue !== "" && { default: defaultOf(type, defaultValue) }),
    ...(validationPattern !== "" && { pattern: validationPattern }),
    ...(hasBounds && { min: minValue }),
    ...(hasBounds && maxValue >= minValue && { max: maxValue }),
    ...(choices.length > 0 && { choices }),
  };
}

function defaultOf(type: string, text: string): string | number | boolean {
  if (type === "number" && Number.isFinite(Number(text))) return Number(text);
  return type === "boolean" && /^(true|false)$/.test(text) ? text === "true" : text;
}

const STATUSES: Record<TemplateStatus, string> = {
  Active: "ACTIVE",
  Disabled: "DISABLED",
  Archived: "ARCHIVED",
};

/** The status of this name; null = there is none. */
export const templateStatus = (name: string): TemplateStatus | null =>
  (Object.keys(STATUSES) as TemplateStatus[]).find((status) => STATUSES[status] === name) ?? null;

/** A template with what its runs add up to; a summary has no spec. */
export const jobTemplate = (
  template: TemplateSummary | TemplateView,
  stats: TemplateStats,
): JobTemplate => ({
  templateId: template.id,
  name: template.name,
  description: template.description,
  spec: "spec" in template ? jobSpec(template.spec) : undefined,
  status: STATUSES[template.status],
  version: template.version,
  labels: { ...template.labels },
  createdAt: new Date(template.createdAt),
  updatedAt: new Date(template.updatedAt),
  createdBy: template.createdBy ?? "",
  runCount: stats.numbers,
  successCount: stats.succeeded,
  failureCount: stats.failed,
});

function jobSpec(spec: RunSpec): JobSpec {
  const [command = "", ...rest] = wordsOf(spec.command);
  return {
    ...{ command, arguments: rest, environment: { ...spec.env } },
    ...{ inputs: [], outputs: [], image: "", stdin: "" },
    constraints: Object.entries(spec.nodeSelector).map(([key, value]) => ({
      ...{ key, operator: "EQ", value },
    })),
    resources: {
      cpuCores: spec.resources.cpuMillis / 1000,
      memoryMb: spec.resources.memoryMib,
      ...{ storageMb: 0, gpuRequired: false, architecture: "" },
    },
    timeoutMs: (spec.attemptTimeoutSeconds ?? 0) * 1000,
    workingDir: spec.workingDir ?? "",
    preferences: undefined,
  };
}

function wordsOf(command: Command): readonly string[] {
  switch (command.kind) {
    case "argv":
      return command.argv;
    case "shell":
      return ["/bin/sh", "-c", command.line];
    case "script":
      return [command.interpreter, "-c", command.content];
    default:
      return command satisfies never;
  }
}

const STATES: Record<RunPhase, string> = {
  Pending: "QUEUED",
  Assigned: "QUEUED",
  Running: "RUNNING",
  Succeeded: "SUCCEEDED",
  Failed: "FAILED",
  Cancelled: "ERROR",
};

export const executionState = (phase: RunPhase): string => STATES[phase];

/** The phases of runs in this state; null = there is no such state. */
export function phasesOf(state: string): RunPhase[] | null {
  const phases = (Object.keys(STATES) as RunPhase[]).filter((phase) => STATES[phase] === state);
  return phases.length === 0 ? null : phases;
}

const date = (ms: number | null): Date | undefined => (ms === null ? undefined : new Date(ms));

/** A run of a template. A summary has neither spec nor values; secret values are left out. */
export function templateExecution(run: RunSummary | RunDetail): TemplateExecution {
  const { template } = run;
  const values = Object.entries(("parameters" in run ? run.parameters : null) ?? {});
  return {
    ...{ executionId: run.id, jobId: run.id, jobName: run.name },
    executionNumber: template?.number ?? 0,
    templateId: template?.id ?? "",
    templateVersion: template?.version ?? 0,
    jobSpec: "spec" in run ? jobSpec(run.spec) : undefined,
    state: STATES[run.phase],
    result: resultOf(run),
    queuedAt: new Date(run.createdAt),
    startedAt: date(run.startedAt),
    completedAt: date(run.finishedAt),
    triggeredBy: triggerOf(run),
    scheduledJobId: run.schedule?.id ?? "",
    triggeredByUser: ("submittedBy" in run ? run.submittedBy : null) ?? "",
    parameters: Object.fromEntries(
      values.flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]])),
    ),
    resourceUsage: undefined,
    metadata: metadataOf(run),
    createdAt: new Date(run.createdAt),
  };
}

const metadataOf = ({ reason, schedule }: RunSummary): Record<string, string> => {
  const at = schedule?.scheduledFor ?? null;
  return {
    ...(reason === null ? {} : { reason }),
    ...(at === null ? {} : { scheduled_for: new Date(at).toISOString() }),
  };
};

/** Who made it: the clock, or somebody who calls. */
function triggerOf({ schedule, rerunOf }: RunSummary): string {
  if (rerunOf !== null) return "RETRY";
  if (schedule === null) return "API";
  return schedule.scheduledFor === null ? "MANUAL" : "SCHEDULED";
}

function resultOf({ finishedAt, startedAt, exitCode, message }: RunSummary) {
  if (finishedAt === null) return undefined;
  return {
    exitCode: exitCode ?? 0,
    outputSummary: "",
    errorOutput: message ?? "",
    durationMs: startedAt === null ? 0 : finishedAt - startedAt,
  };
}
