/**
 * Bounds that only a spec knows, beside those of `limits.ts`: they keep numbers inside what the
 * store can hold. Whether a machine of that size exists is decided at submit (`Unplaceable`).
 */
export const specBounds = {
  cpuMillisMax: 1_000_000, // 1000 cores
  memoryMibMax: 16 * 1024 * 1024, // 16 TiB
  backoffFactorMax: 100,
  infrastructureLimitMax: 1000,
  depthMax: 16, // levels of nesting that are looked at
  valuesMax: 20_000, // values that are looked at: far more than specBytesMax can hold
} as const;
