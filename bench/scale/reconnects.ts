import { readViolations } from "#adapters/store/reads/invariants.ts";
import { defineStatement } from "#adapters/store/sql-client.ts";
import { machineMs } from "../measure/clock.ts";
import { cpuMs } from "../measure/cpu.ts";
import type { Databases } from "../stand/databases.ts";
import type { ScaleEffort } from "./effort.ts";
import { openScaleStand } from "./scale-stand.ts";

const TIMEOUT_MS = 60_000;

const countAttempts = defineStatement(
  "count-attempts",
  "select to_json(count(*)) as doc from hodei.attempt",
);

export interface Reconnects {
  readonly workers: number;
  /** Workers attached and answered again. */
  readonly attached: number;
  /** From the end of the gateway until all are attached and their heartbeats answered. */
  readonly wholeMs: number;
  /** From when another gateway serves. */
  readonly afterServingMs: number;
  readonly gatewayUs: number;
  readonly postgresUs: number;
  /** Runs that went on meanwhile, and the results of theirs that were recorded. */
  readonly runs: number;
  readonly recorded: number;
  /** Attempts beyond one for each run. */
  readonly repeated: number;
  /** Rows that break an invariant of the protocol. */
  readonly violations: number;
}

/** Every worker holds a run; the gateway is killed, another one starts, and all come back at once. */
export async function reconnects(
  databases: Databases,
  { clients, reconnect: { workers } }: ScaleEffort,
): Promise<Reconnects> {
  const stand = await openScaleStand(databases, { workers, clients });
  const { fleet, platform, sql } = stand;
  try {
    await fleet.attach(platform.grpcAddress);
    await stand.submit(workers);
    const runs = await fleet.started(TIMEOUT_MS);
    const killedAtMs = machineMs();
    const postgresBefore = cpuMs([databases.pid]);
    await platform.replaceGateway();
    const servingAtMs = machineMs();
    const gateway = platform.parts.gateway ?? 0;
    const gatewayBefore = cpuMs([gateway]);
    const attached = await fleet.attached(TIMEOUT_MS);
    const wholeAtMs = machineMs();
    const gatewayMs = cpuMs([gateway]) - gatewayBefore;
    const postgresMs = cpuMs([databases.pid]) - postgresBefore;
    const recorded = await fleet.finish(TIMEOUT_MS);
    const violations = await sql.query(readViolations, { limit: workers });
    const [attempts] = await sql.query<number>(countAttempts);
    return {
      ...{ workers, attached, runs, recorded },
      repeated: (attempts ?? Number.NaN) - runs,
      violations: violations.length,
      wholeMs: wholeAtMs - killedAtMs,
      afterServingMs: wholeAtMs - servingAtMs,
      gatewayUs: (gatewayMs * 1000) / workers,
      postgresUs: (postgresMs * 1000) / workers,
    };
  } finally {
    await stand.close();
  }
}
