/** What a run executes. Exactly one of the three forms; parameters are never spliced into text. */
export type Command =
  | { readonly kind: "argv"; readonly argv: readonly string[] }
  | { readonly kind: "shell"; readonly line: string }
  | { readonly kind: "script"; readonly interpreter: string; readonly content: string };

/** As in Kubernetes: an empty `effect` tolerates every effect, `Exists` ignores `value`. */
export interface Toleration {
  readonly key: string;
  readonly operator: "Exists" | "Equal";
  readonly value: string;
  readonly effect: "" | "NoSchedule";
}

/** How long a run waits after its n-th charged failure: initial × factor^(n−1), capped, jittered. */
export interface Backoff {
  readonly initialSeconds: number;
  readonly factor: number;
  readonly maxSeconds: number;
  /** Share of the wait that is drawn at random, 0…1; the wait lies in [1−jitter, 1+jitter]. */
  readonly jitter: number;
}

/**
 * Which of the ready workers that fit a run takes; `core/domain/reconcile/prefer-workers.ts` says what
 * each means. round-robin and first-available are one rule where a worker runs one thing at a time.
 */
export const STRATEGIES = [
  "packing",
  "least-loaded",
  "round-robin",
  "first-available",
  "most-capacity",
  "affinity",
] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** A label that a worker had better have; weights of those it has are added up. */
export interface PreferredLabel {
  readonly key: string;
  readonly value: string;
  readonly weight: number;
}

/** What a run would like of its worker; only `excludedWorkers` is a demand. */
export interface Scheduling {
  /** null = affinity where there is an `affinityKey`, else the install's. */
  readonly strategy: Strategy | null;
  readonly preferredWorkers: readonly string[];
  readonly excludedWorkers: readonly string[];
  readonly preferredLabels: readonly PreferredLabel[];
  /** Runs of one key would like the worker that had the last one. */
  readonly affinityKey: string | null;
}

/** When a successor of a lost attempt may start. */
export type Replacement = "AfterGone" | "AfterLost";

/**
 * The snapshot of what a user asked for, complete: every default is filled in by
 * `parse-run-spec.ts` and nothing else invents one. Never changed by the system.
 */
export interface RunSpec {
  readonly name: string;
  readonly command: Command;
  readonly env: Readonly<Record<string, string>>;
  /** null = the worker's own scratch directory of this attempt. */
  readonly workingDir: string | null;
  readonly resources: { readonly cpuMillis: number; readonly memoryMib: number };
  readonly labels: Readonly<Record<string, string>>;
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly Toleration[];
  readonly scheduling: Scheduling;
  /** −1000…1000, higher first; a waiting run gains one point every 30 s. */
  readonly priority: number;
  /** At most backoffLimit + 1 charged attempts. */
  readonly backoffLimit: number;
  readonly backoff: Backoff;
  /** How many lost workers this run survives. */
  readonly infrastructureLimit: number;
  /** From submit (or `startAfter`) to the end of the last attempt. */
  readonly activeDeadlineSeconds: number;
  /** From start to end of one attempt; null = only the active deadline. */
  readonly attemptTimeoutSeconds: number | null;
  /** From SIGTERM to SIGKILL. */
  readonly terminationGracePeriodSeconds: number;
  /** null = kept until deleted by hand. */
  readonly ttlSecondsAfterFinished: number | null;
  /** RFC 3339 instant before which the run does not start, or null. */
  readonly startAfter: string | null;
  /** true: submitted suspended; it waits until it is resumed. Whether it still is, the run says. */
  readonly suspend: boolean;
  readonly replacement: Replacement;
  /** true: a worker of its own, made for this run and ended after it. */
  readonly dedicatedWorker: boolean;
}
