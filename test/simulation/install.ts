import type { Timings } from "#core/domain/timings.ts";
import type { MachineProfile } from "#core/domain/worker/profile.ts";

/** Seconds in place of minutes, so that a short life sees everything; the relations hold. */
export const TIMINGS: Timings = {
  heartbeatPeriodMs: 2_000,
  leaseMs: 10_000,
  reportedLimitMs: 12_000,
  leaseFloorMs: 15_000,
  acceptDeadlineMs: 6_000,
  registerDeadlineMs: 25_000,
  connectDeadlineMs: 12_000,
  stopMarginMs: 5_000,
  requestWithinMs: 10_000,
  connectionIdleMs: 30_000,
};

const PLAIN = {
  ...{ labels: {}, taints: [], minWorkers: 0, idleTtlSeconds: 8 },
  ...{ maxRunsPerWorker: null, maxAgeSeconds: null, spot: false },
};

export const PROFILES: readonly MachineProfile[] = [
  { ...PLAIN, name: "small", cpuMillis: 500, memoryMib: 1024, maxWorkers: 3 },
  { ...PLAIN, name: "large", cpuMillis: 2000, memoryMib: 4096, maxWorkers: 2, maxRunsPerWorker: 2 },
];

export const INSTALL = "simulated";
export const TICK_PERIOD_MS = 10_000;
