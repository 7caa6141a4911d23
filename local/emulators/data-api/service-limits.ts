/** Limits of the RDS Data API as its documentation states them. */
export const serviceLimits = {
  requestBytesMax: 4 * 1024 * 1024,
  resultBytesMax: 1024 * 1024,
  rowBytesMax: 64 * 1024,
  sqlCharsMax: 65_536,
  statementMs: 45_000,
  transactionIdleMs: 3 * 60_000,
} as const;
