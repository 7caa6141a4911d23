import { limits } from "#core/domain/limits.ts";
import type { WorkerListBody } from "#core/domain/spec/api.ts";
import { specBounds } from "#core/domain/spec/bounds.ts";
import { type LabelRequirement, parseLabelSelector } from "#core/domain/spec/label-selector.ts";
import {
  cpuMillisOf,
  memoryMibOf,
  parseQuantity,
  type Quantity,
} from "#core/domain/spec/quantity.ts";
import { WORKER_PHASES } from "#core/domain/worker/phase.ts";
import type { WorkerFilter } from "#core/ports/run-reader.ts";
import type { AppDeps, HttpContext } from "./http-env.ts";
import { openQuery, type Query } from "./query.ts";
import { readWords } from "./query-words.ts";
import { renderWorker } from "./render.ts";
import { readLabels } from "./runs.ts";

/** The longest that may be asked for: workers are remembered for a day after their end. */
export const HEARD_SECONDS_MAX = 30 * 24 * 3600;
/** A selector that is longer has more requirements than there may be, or is none. */
export const SELECTOR_CHARS_MAX = 4096;

/** GET /v1/workers?all=&phase=&label=&selector=&cpu=&memory=&heardWithin=: the newest that pass. */
export async function listWorkers(c: HttpContext, { reader }: AppDeps): Promise<Response> {
  const query = openQuery(c.req.url);
  const all = query.flag("all");
  const filter = readFilter(query);
  query.close();
  const workers = await reader.workers(all, limits.pageItemsMax, filter);
  return c.json<WorkerListBody>({ workers: workers.map(renderWorker) });
}

function readFilter(query: Query): WorkerFilter {
  const labels = Object.entries(readLabels(query, "worker")).map(
    ([key, value]): LabelRequirement => ({ key, operator: "In", values: [value] }),
  );
  const { cpuMillisMax, memoryMibMax } = specBounds;
  const heard = query.number("heardWithin", { min: 1, max: HEARD_SECONDS_MAX, fallback: 0 });
  return {
    phases: readWords(query, "phase", WORKER_PHASES),
    requirements: [...labels, ...readSelector(query)],
    cpuMillisMin: readAmount(query, "cpu", cpuMillisOf, cpuMillisMax),
    memoryMibMin: readAmount(query, "memory", memoryMibOf, memoryMibMax),
    heardWithinMs: heard === 0 ? null : heard * 1000,
  };
}

function readSelector(query: Query): readonly LabelRequirement[] {
  const text = query.one("selector");
  if (text === null) return [];
  const parsed = text.length > SELECTOR_CHARS_MAX ? null : parseLabelSelector(text);
  if (parsed === null) query.refuse("selector", "must be such as: zone in (a, b), tier!=spare");
  else if (parsed.length > limits.selectorRequirementsMax)
    query.refuse("selector", `at most ${limits.selectorRequirementsMax} requirements`);
  return parsed ?? [];
}

/** The least that is asked for; 0 when nothing is. */
function readAmount(
  query: Query,
  name: string,
  measure: (quantity: Quantity) => bigint,
  max: number,
): number {
  const text = query.one(name);
  if (text === null) return 0;
  const quantity = parseQuantity(text);
  const amount = quantity !== null && quantity.numerator >= 0n ? measure(quantity) : null;
  if (amount !== null && amount <= BigInt(max)) return Number(amount);
  query.refuse(name, "must be an amount as in a run spec");
  return 0;
}
