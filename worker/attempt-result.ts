/** How an attempt ended, as its worker saw it; `AttemptEnd` of the wire without its prefix. */
export const ATTEMPT_ENDS = [
  "Exited",
  "StartFailed",
  "Timeout",
  "Deadline",
  "Cancelled",
  "Drained",
  "OutOfMemory",
  "AgentLost",
] as const;
export type AttemptEnd = (typeof ATTEMPT_ENDS)[number];

/** Why the agent itself stops a process. */
export type StopReason = "Timeout" | "Deadline" | "Cancelled" | "Drained";

/** What became of the process. */
export interface Outcome {
  readonly end: AttemptEnd;
  /** As a shell reports it: 128 + n for signal n, 126 and 127 when nothing could be started. */
  readonly exitCode: number;
  /** "SIGKILL", or empty when the process exited by itself or never was. */
  readonly signal: string;
  /** Empty on success. */
  readonly errorMessage: string;
}

/** The one result of one execution; what is stored on disk and repeated until acknowledged. */
export interface AttemptResult extends Outcome {
  readonly executionId: string;
  readonly fence: number;
  readonly runId: string;
  /** Made once, so that a repeat is recognised as the same result. */
  readonly resultId: string;
  /** Last `seq` of the output, 0 = none. */
  readonly logLastSeq: number;
  /** RFC 3339; informative, nobody compares it. */
  readonly completedAt: string;
}
