import { DomainError, type FieldProblem } from "../errors.ts";
import { limits } from "../limits.ts";
import { STRATEGIES, type Strategy } from "../spec/run-spec.ts";

/** What operators say about scheduling, for every process of the install. */
export interface SchedulerConfig {
  /** For runs that name none. */
  readonly strategy: Strategy;
  /** Waiting runs beyond which a submit is refused (QueueFull), as they were last counted. */
  readonly pendingRunsMax: number;
}

/** A configuration as it is stored; `version` rises with every change, 0 = nothing was configured. */
export interface StoredScheduler extends SchedulerConfig {
  readonly version: number;
}

export const SCHEDULER_DEFAULTS: SchedulerConfig = {
  strategy: "packing",
  pendingRunsMax: limits.pendingRunsMax,
};

/**
 * What was stored, with defaults where nothing was. A value that this version does not know (a newer
 * one wrote it) is its default: placement goes on.
 */
export function schedulerConfig(stored: unknown): SchedulerConfig {
  const { strategy, pendingRunsMax } = (stored ?? {}) as Partial<SchedulerConfig>;
  return {
    strategy: isStrategy(strategy) ? strategy : SCHEDULER_DEFAULTS.strategy,
    pendingRunsMax: isPendingMax(pendingRunsMax)
      ? pendingRunsMax
      : SCHEDULER_DEFAULTS.pendingRunsMax,
  };
}

export interface SchedulerChange extends SchedulerConfig {
  /** Of what is to be replaced; null = whatever is there. */
  readonly version: number | null;
}

/**
 * The whole configuration as somebody sends it; what is left out gets its default. Throws
 * InvalidRequest with the path of every bad field.
 */
export function parseSchedulerChange(body: unknown): SchedulerChange {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw invalid([{ path: "", message: 'must be a map such as {"strategy": "packing"}' }]);
  const { strategy, pendingRunsMax, version = null, ...others } = body as Record<string, unknown>;
  const problems: FieldProblem[] = Object.keys(others).map((key) => ({
    path: key.slice(0, 80),
    message: "unknown field",
  }));
  if (strategy !== undefined && !isStrategy(strategy))
    problems.push({ path: "strategy", message: `must be among ${STRATEGIES.join(", ")}` });
  if (pendingRunsMax !== undefined && !isPendingMax(pendingRunsMax))
    problems.push({
      path: "pendingRunsMax",
      message: `must be a whole number from 1 to ${limits.pendingRunsMax}`,
    });
  if (version !== null && !(Number.isSafeInteger(version) && (version as number) >= 0))
    problems.push({ path: "version", message: "must be the version that was read" });
  if (problems.length > 0) throw invalid(problems);
  return { ...schedulerConfig({ strategy, pendingRunsMax }), version: version as number | null };
}

const isStrategy = (value: unknown): value is Strategy => STRATEGIES.includes(value as Strategy);

const isPendingMax = (value: unknown): value is number =>
  Number.isSafeInteger(value) &&
  (value as number) >= 1 &&
  (value as number) <= limits.pendingRunsMax;

const invalid = (fields: readonly FieldProblem[]): DomainError =>
  new DomainError("InvalidRequest", "the configuration of the scheduler has bad fields", {
    fields,
  });
