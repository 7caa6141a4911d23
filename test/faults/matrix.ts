import type { Row } from "./row.ts";
import { answerRows } from "./rows/answers.ts";
import { callerRows } from "./rows/callers.ts";
import { dataApiRows } from "./rows/data-api.ts";
import { databaseRows } from "./rows/database.ts";
import { gatewayRows } from "./rows/gateway.ts";
import { hintRows } from "./rows/hints.ts";
import { networkRows } from "./rows/network.ts";
import { outputRows } from "./rows/output.ts";
import { providerRows } from "./rows/provider.ts";
import { tickRows } from "./rows/tick.ts";
import { workerRows } from "./rows/worker.ts";
import type { StandOptions } from "./stand.ts";

/** Every row, in the order of docs/reference/guarantees.md. */
export const MATRIX: readonly Row[] = [
  ...gatewayRows,
  ...workerRows,
  ...networkRows,
  ...tickRows,
  ...providerRows,
  ...hintRows,
  ...databaseRows,
  ...dataApiRows,
  ...answerRows,
  ...callerRows,
  ...outputRows,
];

/** Seconds in place of the minutes that leases, registrations and machines take to end. */
export const HURRIED: StandOptions = {
  timings: {
    heartbeatPeriodMs: 400,
    leaseMs: 2_500,
    reportedLimitMs: 3_000,
    leaseFloorMs: 2_500,
    registerDeadlineMs: 4_000,
  },
  stopTimeoutMs: 2_000,
};
