const NS_PER_MS = 1e6;

/** Milliseconds of the machine's monotonic clock: the same in every process of this machine. */
export const machineMs = (): number => Number(process.hrtime.bigint()) / NS_PER_MS;
