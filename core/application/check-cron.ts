import { isDomainError } from "#core/domain/errors.ts";
import { fireTimes } from "#core/domain/schedule/fire-times.ts";

/** `problem`: what is wrong with the expression or the zone; null = nothing. */
export interface CronCheck {
  readonly problem: string | null;
  /** The next times, epoch milliseconds; empty where it is never due. */
  readonly next: readonly number[];
}

const SHOWN = 10;

/** Whether an expression is valid, and when it is due next. Empty zone = UTC. */
export function checkCron(cron: string, timezone: string, nowMs: number): CronCheck {
  try {
    const times = fireTimes(cron, timezone || "UTC");
    const next: number[] = [];
    for (let at = times.next(nowMs); at !== null && next.length < SHOWN; at = times.next(at))
      next.push(at);
    return { problem: next.length === 0 ? "cron is never due: no day is both" : null, next };
  } catch (error) {
    if (isDomainError(error)) return { problem: error.message, next: [] };
    throw error;
  }
}
