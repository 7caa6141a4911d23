import { limits } from "../limits.ts";
import type { RunSpec } from "./run-spec.ts";

/**
 * What a run gets for everything its author left out. The name is derived from the command
 * (`run-name.ts`) and the command itself has no default. Nothing else invents a default.
 */
export const specDefaults: Readonly<Omit<RunSpec, "name" | "command">> = {
  env: {},
  workingDir: null,
  resources: { cpuMillis: limits.cpuMillisDefault, memoryMib: limits.memoryMibDefault },
  labels: {},
  nodeSelector: {},
  tolerations: [],
  scheduling: {
    strategy: null,
    preferredWorkers: [],
    excludedWorkers: [],
    preferredLabels: [],
    affinityKey: null,
  },
  priority: 0,
  backoffLimit: limits.backoffLimitDefault,
  backoff: {
    initialSeconds: limits.backoffInitialSecondsDefault,
    factor: limits.backoffFactorDefault,
    maxSeconds: limits.backoffMaxSecondsDefault,
    jitter: limits.backoffJitterDefault,
  },
  infrastructureLimit: limits.infrastructureLimitDefault,
  activeDeadlineSeconds: limits.activeDeadlineSecondsDefault,
  attemptTimeoutSeconds: null,
  terminationGracePeriodSeconds: limits.terminationGraceSecondsDefault,
  ttlSecondsAfterFinished: null,
  startAfter: null,
  suspend: false,
  replacement: "AfterGone",
  dedicatedWorker: false,
};
