import { isDomainError } from "#core/domain/errors.ts";
import type { ControlStore, InsertedRun, NewRun } from "#core/ports/control-store.ts";
import type { Telemetry } from "#core/ports/telemetry.ts";
import type { Wake } from "#core/ports/wake.ts";
import { acceptableRuns } from "./acceptable-runs.ts";
import { askForLook } from "./ask-for-look.ts";
import type { NewRunDeps } from "./new-run.ts";
import type { BulkRequest, ItemOutcome } from "./operations.ts";
import { repeatedRun } from "./repeated-run.ts";

export interface SubmitRunsDeps extends NewRunDeps {
  /** Stores runs by one statement (ControlStore.insertRuns). */
  readonly insertRuns: (runs: readonly NewRun[]) => Promise<InsertedRun[]>;
  readonly store: Pick<ControlStore, "findRuns">;
  readonly wake: Wake;
  readonly telemetry: Telemetry;
}

/**
 * Stores many runs in one statement and asks once for a look at the queue. Each item is answered, in
 * order, as it would be alone: what stands under one key twice makes one run. One bad item refuses
 * all of them, before anything is stored; throws what `acceptableRuns` throws.
 */
export async function submitRuns<Item>(
  deps: SubmitRunsDeps,
  request: BulkRequest<Item>,
): Promise<ItemOutcome[]> {
  const runs = acceptableRuns(deps, request);
  const firsts = firstOfEachKey(runs);
  const distinct = runs.filter((run) => firstOf(firsts, run) === run);
  const inserted = await deps.insertRuns(distinct);
  const created = new Set(distinct.filter((_run, at) => inserted[at]?.stored));
  const waiting = distinct.filter((_run, at) => inserted[at]?.stored?.workerId === null);
  const full = inserted.some((one) => one.full);
  const holders = await deps.store.findRuns(distinct.filter((run) => !created.has(run)));
  const outcomes = runs.map((run): ItemOutcome => {
    if (created.has(run)) return { id: run.id, created: true };
    const first = firstOf(firsts, run);
    const holder = created.has(first) ? first : holders.get(first.id);
    return answerOf(() => repeatedRun(run, holder, full));
  });
  count(deps.telemetry, outcomes);
  const poked = inserted.some((one) => one.poked);
  if (waiting.length > 0) await askForLook(deps.wake, waiting, poked);
  return outcomes;
}

/** The first run under each key; only that one is sent to be stored. */
function firstOfEachKey(runs: readonly NewRun[]): ReadonlyMap<string, NewRun> {
  const firsts = new Map<string, NewRun>();
  for (const run of runs) {
    if (run.idempotencyKey === null || firsts.has(run.idempotencyKey)) continue;
    firsts.set(run.idempotencyKey, run);
  }
  return firsts;
}

const firstOf = (firsts: ReadonlyMap<string, NewRun>, run: NewRun): NewRun =>
  (run.idempotencyKey === null ? undefined : firsts.get(run.idempotencyKey)) ?? run;

function answerOf(repeated: () => string): ItemOutcome {
  try {
    return { id: repeated(), created: false };
  } catch (error) {
    if (!isDomainError(error)) throw error;
    const details = error.fields.map(({ message }) => `: ${message}`).join("");
    return { id: null, error: { code: error.code, message: `${error.message}${details}` } };
  }
}

function count(telemetry: Telemetry, outcomes: readonly ItemOutcome[]): void {
  const submitted = outcomes.filter((one) => one.id !== null);
  const created = submitted.filter((one) => one.created).length;
  const repeated = submitted.length - created;
  if (created > 0) telemetry.count("runs_submitted_total", { outcome: "created" }, created);
  if (repeated > 0) telemetry.count("runs_submitted_total", { outcome: "repeated" }, repeated);
}
