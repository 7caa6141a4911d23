import type { Databases } from "../stand/databases.ts";
import { type HodeiOptions, hodeiWith } from "../stand/hodei.ts";
import { drain } from "./drain.ts";

/** Every event of a run is left out; what the trigger itself costs remains, about a µs each. */
const WITHOUT_HISTORY = `
  create function hodei.leave_out() returns trigger language plpgsql as 'begin return null; end';
  create trigger leave_out before insert on hodei.run_event
    for each row execute function hodei.leave_out();`;

export const LOG_LINES = 10;

const VARIANTS = {
  "as it is": {},
  "without history": { sql: WITHOUT_HISTORY },
  "every accept said twice": { habits: { acceptsTwice: true } },
  "ten lines of output": { habits: { logLines: LOG_LINES } },
} satisfies Record<string, HodeiOptions>;

export type Variant = keyof typeof VARIANTS;

/** µs of processor time per run, and bytes of the write-ahead log. */
export interface Price {
  readonly postgresUs: number;
  readonly gatewayUs: number;
  readonly walBytes: number;
}

/**
 * A backlog worked off by a platform that keeps every promise, and by ones that differ in one, in
 * turns. The least of all rounds: whatever else a machine does only adds to what a run costs.
 */
export async function promisePrices(
  databases: Databases,
  { jobs, rounds }: { jobs: number; rounds: number },
): Promise<ReadonlyMap<Variant, Price>> {
  const measured = new Map<Variant, Price[]>();
  for (let round = 0; round < rounds; round += 1)
    for (const [variant, options] of Object.entries(VARIANTS) as [Variant, HodeiOptions][]) {
      const price = await priceOf(databases, options, jobs);
      measured.set(variant, [...(measured.get(variant) ?? []), price]);
    }
  return new Map([...measured].map(([variant, prices]) => [variant, leastOf(prices)]));
}

async function priceOf(databases: Databases, options: HodeiOptions, jobs: number): Promise<Price> {
  const { cost, jobs: done } = await drain(databases, hodeiWith("Hodei", options), jobs);
  const perRun = (ms: number | undefined) => ((ms ?? Number.NaN) * 1000) / done;
  return {
    postgresUs: perRun(cost.cpuMs.postgres),
    gatewayUs: perRun(cost.cpuMs.gateway),
    walBytes: cost.walBytes / done,
  };
}

function leastOf(prices: readonly Price[]): Price {
  const least = (field: keyof Price) => Math.min(...prices.map((price) => price[field]));
  return {
    postgresUs: least("postgresUs"),
    gatewayUs: least("gatewayUs"),
    walBytes: least("walBytes"),
  };
}
