import type { AttemptPhase } from "#core/domain/job-run/attempt.ts";
import type { RunSpec } from "#core/domain/spec/run-spec.ts";
import type { PlainValues } from "#core/domain/template/parameter.ts";

/** What a gateway must tell a worker of the attempt it holds. */
export interface Dispatch {
  readonly workerId: string;
  readonly epoch: number;
  readonly runId: string;
  readonly name: string;
  readonly executionId: string;
  readonly fence: number;
  readonly attemptPhase: AttemptPhase;
  /** A verdict is stored: the worker must stop it. */
  readonly stop: boolean;
  readonly reason: string | null;
  /** Present unless `stop`. */
  readonly spec: RunSpec | null;
  /** Values of a run from a template, secret ones too: for its worker alone. */
  readonly parameters: PlainValues | null;
  /** Until the active deadline; negative = passed. */
  readonly deadlineInMs: number;
}
