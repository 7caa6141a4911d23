/** What the exit code of the agent tells whoever started it. After a second signal: 128 + n. */
export const EXIT_CODE = {
  /** Left in order: drained, or idle for long enough. */
  left: 0,
  /** The gateway will not have this worker: registration or session refused. */
  refused: 1,
  /** The environment is not usable; the log names the variable. */
  badConfig: 2,
  /** The lease could not be renewed; what ran was killed. */
  fenced: 3,
  /** A defect of the agent. */
  defect: 70,
} as const;
