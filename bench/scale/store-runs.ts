import { v7 } from "uuid";
import { newRun } from "#core/application/new-run.ts";
import { parseRunSpec } from "#core/domain/spec/parse-run-spec.ts";
import type { ControlStore, NewRun } from "#core/ports/control-store.ts";

const PER_STATEMENT = 500;

/** The row of a run that does nothing; `spec` adds to it. */
export function aRun(spec: object = {}): NewRun {
  const parsed = parseRunSpec({ name: "noop", command: ["true"], ...spec });
  return newRun(parsed, { spec: null, idempotencyKey: null, submittedBy: "bench" }, v7());
}

/** Stores so many runs, as submits of many do; gateways with idle workers are told. */
export async function storeRuns(store: ControlStore, count: number): Promise<void> {
  for (let done = 0; done < count; done += PER_STATEMENT)
    await store.insertRuns(
      Array.from({ length: Math.min(PER_STATEMENT, count - done) }, () => aRun()),
    );
}
