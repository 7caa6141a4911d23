import { createHash } from "node:crypto";
import { DomainError } from "#core/domain/errors.ts";
import { parseRunSpec } from "#core/domain/spec/parse-run-spec.ts";
import type { RunSpec } from "#core/domain/spec/run-spec.ts";
import { chooseProfile, misfits, type Placement } from "#core/domain/worker/fit.ts";
import type { MachineProfile } from "#core/domain/worker/profile.ts";
import type { ControlStore, InsertedRun, NewRun, StoredRun } from "#core/ports/control-store.ts";
import type { RunDetail, RunReader } from "#core/ports/run-reader.ts";
import type { Telemetry } from "#core/ports/telemetry.ts";
import type { Wake } from "#core/ports/wake.ts";
import type { SubmitOutcome, SubmitRequest } from "./operations.ts";

export interface SubmitDeps {
  /** Stores one run, alone or in company (ControlStore.insertRuns). */
  readonly insertRun: (run: NewRun) => Promise<InsertedRun>;
  readonly store: Pick<ControlStore, "findRun">;
  readonly reader: RunReader;
  readonly wake: Wake;
  readonly profiles: readonly MachineProfile[];
  readonly newId: () => string;
  readonly telemetry: Telemetry;
}

/** A submit with an id of the caller's own, which is then its idempotency key as well. */
export interface SubmitWithId extends SubmitRequest {
  readonly id?: string;
}

/**
 * Stores a run in one statement, then asks for a look at the queue, unless a gateway with an idle
 * worker was told already. The same key and body answer
 * the first run; another body under a used key is refused. What no machine profile of this install
 * can ever run is refused here, with each profile's reasons, instead of waiting for ever.
 */
export async function submitRun(deps: SubmitDeps, request: SubmitWithId): Promise<SubmitOutcome> {
  const spec = parseRunSpec(request.spec);
  const run = newRun(spec, request, request.id ?? deps.newId());
  refuseUnplaceable(run.placement, deps.profiles);
  const { stored, full, poked } = await deps.insertRun(run);
  const outcome = stored ? "created" : "repeated";
  const id = stored ? run.id : await holderOf(deps, run, full);
  deps.telemetry.count("runs_submitted_total", { outcome });
  const delayMs = startsIn(spec);
  if (stored && (!poked || delayMs > 0)) await deps.wake.wake(delayMs);
  if (stored) return { run: detailOf(run, stored), created: true };
  const detail = await deps.reader.run(id);
  if (!detail) throw new DomainError("RunNotFound", `run ${id} was deleted meanwhile`);
  return { run: detail, created: false };
}

/** Stores one run on its own. */
export const insertAlone =
  (store: Pick<ControlStore, "insertRuns">) =>
  async (run: NewRun): Promise<InsertedRun> => {
    const [inserted] = await store.insertRuns([run]);
    if (!inserted) throw new DomainError("Internal", "a run was stored without an answer");
    return inserted;
  };

/** The run as a reader would show it, from what was sent and what the database added. */
function detailOf({ id, spec, submittedBy }: NewRun, stored: StoredRun): RunDetail {
  const nothingYet = { workerId: null, exitCode: null, startedAt: null, finishedAt: null };
  return {
    ...{ id, spec, submittedBy, name: spec.name, labels: spec.labels, priority: spec.priority },
    ...{ phase: "Pending", message: null, attempts: 0, stopping: false },
    ...nothingYet,
    ...stored,
  };
}

/** The id of the run that holds the key already, provided it asked for the same. */
async function holderOf(deps: SubmitDeps, run: NewRun, full: boolean): Promise<string> {
  const holder = await deps.store.findRun(run.idempotencyKey, run.id);
  if (!holder && full)
    throw new DomainError("QueueFull", "too many runs are waiting; try again later");
  if (!holder) throw new DomainError("StoreUnavailable", "the run was not stored; try again");
  if (holder.digest === run.digest) return holder.id;
  throw new DomainError("IdempotencyConflict", "another run was submitted under this key", {
    fields: [{ path: "Idempotency-Key", message: `holds run ${holder.id} with another body` }],
  });
}

/** The row of a run: its spec with what placement needs of it, and the digests both are compared by. */
export function newRun(spec: RunSpec, request: SubmitWithId, id: string): NewRun {
  const placement = placementOf(spec);
  return {
    id,
    spec,
    placement,
    shape: sha256(JSON.stringify(placement)).slice(0, 32),
    digest: sha256(JSON.stringify(spec)),
    idempotencyKey: request.idempotencyKey,
    submittedBy: request.submittedBy,
  };
}

/** Keys in a fixed order, so that equal needs have equal digests. */
function placementOf(spec: RunSpec): Placement {
  const sorted = Object.entries(spec.nodeSelector).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    cpuMillis: spec.resources.cpuMillis,
    memoryMib: spec.resources.memoryMib,
    nodeSelector: Object.fromEntries(sorted),
    tolerations: spec.tolerations,
    dedicatedWorker: spec.dedicatedWorker,
  };
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

function refuseUnplaceable(placement: Placement, profiles: readonly MachineProfile[]): void {
  if (chooseProfile(placement, profiles)) return;
  throw new DomainError("Unplaceable", "no machine profile of this install can run this", {
    fields: profiles.map((profile) => ({
      path: "resources",
      message: `profile ${profile.name}: ${misfits(placement, profile).join("; ")}`,
    })),
  });
}

/** A hint for the wake only: the row, with database time, decides when the run may start. */
const startsIn = (spec: RunSpec) =>
  spec.startAfter === null ? 0 : Math.max(0, Date.parse(spec.startAfter) - Date.now());
