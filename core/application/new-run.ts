import { hash } from "node:crypto";
import { DomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import { specDefaults } from "#core/domain/spec/defaults.ts";
import { parseRunSpec } from "#core/domain/spec/parse-run-spec.ts";
import type { RunSpec } from "#core/domain/spec/run-spec.ts";
import { chooseProfile, misfits, type Placement } from "#core/domain/worker/fit.ts";
import type { MachineProfile } from "#core/domain/worker/profile.ts";
import type { NewRun } from "#core/ports/control-store.ts";
import type { SubmitWithId } from "./operations.ts";

export interface NewRunDeps {
  readonly profiles: readonly MachineProfile[];
  readonly newId: () => string;
}

/**
 * What a request asks to be stored. Throws InvalidSpec, SpecTooLarge; Unplaceable where no machine
 * profile of this install could ever run it, with each profile's reasons, instead of letting it wait
 * for ever.
 */
export function acceptableRun(deps: NewRunDeps, request: SubmitWithId): NewRun {
  const run = newRun(parseRunSpec(request.spec), request, request.id ?? deps.newId());
  refuseFarStart(run.spec);
  refuseUnplaceable(run.spec, deps.profiles);
  return run;
}

/** A run that waits for centuries takes its place in the queue for good, and nothing would sweep it. */
function refuseFarStart({ startAfter }: RunSpec): void {
  if (startAfter === null) return;
  if (Date.parse(startAfter) <= Date.now() + limits.startAheadSecondsMax * 1000) return;
  const message = `must be within ${limits.startAheadSecondsMax / 86_400} days from now`;
  throw new DomainError("InvalidSpec", `the run spec has a bad field: startAfter ${message}`, {
    fields: [{ path: "startAfter", message }],
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
    digest: sha256(JSON.stringify(asBeforeScheduling(spec))),
    idempotencyKey: request.idempotencyKey,
    submittedBy: request.submittedBy,
    rerunOf: request.rerunOf ?? null,
  };
}

/** The maps of a spec are sorted already, so equal needs have equal digests. */
const placementOf = (spec: RunSpec): Placement => ({
  cpuMillis: spec.resources.cpuMillis,
  memoryMib: spec.resources.memoryMib,
  nodeSelector: spec.nodeSelector,
  tolerations: spec.tolerations,
  dedicatedWorker: spec.dedicatedWorker,
  // A worker of its own leaves nothing to choose.
  ...(!spec.dedicatedWorker && prefersSomething(spec) && { prefer: spec.scheduling }),
});

const NOTHING = JSON.stringify(specDefaults.scheduling);
const prefersSomething = ({ scheduling }: RunSpec): boolean =>
  JSON.stringify(scheduling) !== NOTHING;

/** A spec without preferences has the digest it had before there were any: a key stays good. */
function asBeforeScheduling(spec: RunSpec): Partial<RunSpec> {
  if (prefersSomething(spec)) return spec;
  const { scheduling: _nothing, ...rest } = spec;
  return rest;
}

export const sha256 = (text: string) => hash("sha256", text, "hex");

/** Throws Unplaceable, with each profile's reasons under `path`, when none could ever run this. */
export function refuseUnplaceable(
  spec: RunSpec,
  profiles: readonly MachineProfile[],
  path = "resources",
): void {
  const placement = placementOf(spec);
  if (chooseProfile(placement, profiles)) return;
  throw new DomainError("Unplaceable", "no machine profile of this install can run this", {
    fields: profiles.map((profile) => ({
      path,
      message: `profile ${profile.name}: ${misfits(placement, profile).join("; ")}`,
    })),
  });
}
