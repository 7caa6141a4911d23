import { limits } from "./limits.ts";

/**
 * The periods that a test or an operator may shorten together. Defaults are the limits; relations
 * between them are checked by `checkTimings`, so that no shortened set breaks the protocol.
 */
export interface Timings {
  readonly heartbeatPeriodMs: number;
  readonly leaseMs: number;
  readonly reportedLimitMs: number;
  readonly leaseFloorMs: number;
  readonly acceptDeadlineMs: number;
  readonly registerDeadlineMs: number;
  readonly connectDeadlineMs: number;
  /** How long after its limit the tick waits before it ends what the worker should have ended. */
  readonly stopMarginMs: number;
  /** A connection to a gateway, and a call there, brings its request within this. */
  readonly requestWithinMs: number;
  /** A connection to a gateway without a call is closed after this. */
  readonly connectionIdleMs: number;
}

export const DEFAULT_TIMINGS: Timings = {
  heartbeatPeriodMs: limits.heartbeatPeriodMs,
  leaseMs: limits.leaseMs,
  reportedLimitMs: limits.reportedLimitMs,
  leaseFloorMs: limits.leaseFloorMs,
  acceptDeadlineMs: limits.acceptDeadlineMs,
  registerDeadlineMs: limits.registerDeadlineMs,
  connectDeadlineMs: limits.connectDeadlineMs,
  stopMarginMs: 30_000,
  requestWithinMs: limits.requestWithinMs,
  connectionIdleMs: limits.connectionIdleMs,
};

/** The relations the protocol stands on; answers what is violated, empty = sound. */
export function checkTimings(timings: Timings): string[] {
  const broken: string[] = [];
  const must = (holds: boolean, rule: string) => {
    if (!holds) broken.push(rule);
  };
  must(timings.leaseMs >= 3 * timings.heartbeatPeriodMs, "leaseMs >= 3 × heartbeatPeriodMs");
  must(timings.reportedLimitMs >= timings.leaseMs, "reportedLimitMs >= leaseMs");
  must(timings.leaseFloorMs >= timings.leaseMs, "leaseFloorMs >= leaseMs");
  return broken;
}
