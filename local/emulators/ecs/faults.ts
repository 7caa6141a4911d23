/** What a test may make go wrong. `times` counts the next calls that meet the fault. */
export interface EcsFaults {
  /** RunTask answers HTTP 200 with this reason in `failures[]` and no task. */
  failures(reason: string, times?: number): void;
  /** Any operation answers ThrottlingException. */
  throttle(times?: number): void;
  /** RunTask launches, and the connection is reset before the answer. */
  loseAnswer(times?: number): void;
  /** Any operation answers ServerException and does nothing. */
  serverError(times?: number): void;
  /** The next launched tasks stop with CannotPullContainerError; no process starts. */
  dieBeforeRegister(times?: number): void;
  /** Takes a Spot task away: SIGTERM, `SpotInterruption`. */
  interrupt(taskArn: string): void;
  /** The next state changes send no event. */
  loseEvents(times?: number): void;
  /** The next state changes send their event twice. */
  repeatEvents(times?: number): void;
  /** From now on a new task is MISSING for this long. */
  consistencyDelay(ms: number): void;
}

type Counted = Exclude<keyof EcsFaults, "failures" | "interrupt" | "consistencyDelay">;

/** Which faults are due. `take…` uses one up. */
export class PendingFaults {
  readonly #failures: string[] = [];
  readonly #counts: Record<Counted, number> = {
    throttle: 0,
    loseAnswer: 0,
    serverError: 0,
    dieBeforeRegister: 0,
    loseEvents: 0,
    repeatEvents: 0,
  };

  add(fault: Counted, times: number): void {
    this.#counts[fault] += times;
  }

  addFailures(reason: string, times: number): void {
    for (let i = 0; i < times; i++) this.#failures.push(reason);
  }

  take(fault: Counted): boolean {
    if (this.#counts[fault] === 0) return false;
    this.#counts[fault]--;
    return true;
  }

  takeFailure(): string | null {
    return this.#failures.shift() ?? null;
  }
}

/** The face for tests; what needs more than a counter comes from outside. */
export function faultControls(
  pending: PendingFaults,
  effects: Pick<EcsFaults, "interrupt" | "consistencyDelay">,
): EcsFaults {
  return {
    failures: (reason, times = 1) => pending.addFailures(reason, times),
    throttle: (times = 1) => pending.add("throttle", times),
    loseAnswer: (times = 1) => pending.add("loseAnswer", times),
    serverError: (times = 1) => pending.add("serverError", times),
    dieBeforeRegister: (times = 1) => pending.add("dieBeforeRegister", times),
    loseEvents: (times = 1) => pending.add("loseEvents", times),
    repeatEvents: (times = 1) => pending.add("repeatEvents", times),
    ...effects,
  };
}
