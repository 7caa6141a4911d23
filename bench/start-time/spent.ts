export interface Spent {
  readonly wallMs: number;
  /** Processor time, user and system, of all threads. */
  readonly cpuMs: number;
}
