import { DomainError } from "#core/domain/errors.ts";
import type {
  ControlStore,
  InsertedRun,
  NewRun,
  RunHolder,
  StoredRun,
} from "#core/ports/control-store.ts";
import type { RunDetail, RunReader } from "#core/ports/run-reader.ts";
import type { Telemetry } from "#core/ports/telemetry.ts";
import type { Wake } from "#core/ports/wake.ts";
import { askForLook } from "./ask-for-look.ts";
import { acceptableRun, type NewRunDeps } from "./new-run.ts";
import type { SubmitOutcome, SubmitWithId } from "./operations.ts";
import { repeatedRun } from "./repeated-run.ts";

export interface SubmitDeps extends NewRunDeps {
  /** Stores one run, alone or in company (ControlStore.insertRuns). */
  readonly insertRun: (run: NewRun) => Promise<InsertedRun>;
  readonly store: Pick<ControlStore, "findRuns">;
  readonly reader: RunReader;
  readonly wake: Wake;
  readonly telemetry: Telemetry;
}

/**
 * Stores a run in one statement, then asks for a look at the queue, unless it has a worker already or
 * a gateway with an idle one was told. The same key and body answer the first run; another body under a used key
 * is refused. Throws what `acceptableRun` and `repeatedRun` throw.
 */
export async function submitRun(deps: SubmitDeps, request: SubmitWithId): Promise<SubmitOutcome> {
  const run = acceptableRun(deps, request);
  const { stored, full, poked } = await deps.insertRun(run);
  if (!stored) return { run: await heldRun(deps, run, full), created: false };
  deps.telemetry.count("runs_submitted_total", { outcome: "created" });
  if (stored.workerId === null) await askForLook(deps.wake, [run], poked);
  return { run: detailOf(run, stored), created: true };
}

/** Stores one run on its own. */
export const insertAlone =
  (store: Pick<ControlStore, "insertRuns">) =>
  async (run: NewRun): Promise<InsertedRun> => {
    const [inserted] = await store.insertRuns([run]);
    if (!inserted) throw new DomainError("Internal", "a run was stored without an answer");
    return inserted;
  };

/** The run that has the key or id of one that was not stored. Throws what `repeatedRun` throws. */
export async function heldRun(
  deps: Pick<SubmitDeps, "store" | "reader" | "telemetry">,
  run: Pick<NewRun, "id" | "idempotencyKey" | "digest">,
  full: boolean,
): Promise<RunDetail> {
  const holders = await deps.store.findRuns([run]);
  return runOfHolder(deps, run, holders.get(run.id), full);
}

/** The same where the holder was looked up already. */
export async function runOfHolder(
  deps: Pick<SubmitDeps, "reader" | "telemetry">,
  run: Pick<NewRun, "digest">,
  holder: RunHolder | undefined,
  full: boolean,
): Promise<RunDetail> {
  const id = repeatedRun(run, holder, full);
  deps.telemetry.count("runs_submitted_total", { outcome: "repeated" });
  const detail = await deps.reader.run(id);
  if (!detail) throw new DomainError("RunNotFound", `run ${id} was deleted meanwhile`);
  return detail;
}

/** The run as a reader would show it, from what was sent and what the database added. */
export function detailOf({ id, spec, submittedBy, rerunOf }: NewRun, stored: StoredRun): RunDetail {
  const nothingYet = { exitCode: null, startedAt: null, finishedAt: null };
  const waits = stored.workerId === null;
  return {
    ...{ id, spec, submittedBy, name: spec.name, labels: spec.labels, priority: spec.priority },
    ...{ phase: waits ? "Pending" : "Assigned", message: null, attempts: waits ? 0 : 1 },
    ...{ stopping: false, ...nothingYet, ...stored },
    ...{ rerunOf, template: null, schedule: null, parameters: null },
    notBefore: waits ? stored.notBefore : null,
  };
}
