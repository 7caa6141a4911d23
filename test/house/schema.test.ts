import { describe, expect, it } from "vitest";
import { SCOPES } from "#core/domain/access/scope.ts";
import { ATTEMPT_PHASES, FAILURE_CLASSES } from "#core/domain/job-run/attempt.ts";
import { RUN_PHASES } from "#core/domain/job-run/phase.ts";
import { PROVIDER_KINDS, PROVIDER_STATUSES } from "#core/domain/provider/provider-record.ts";
import { SCHEMA_VERSION } from "#core/domain/schema-version.ts";
import { WORKER_PHASES } from "#core/domain/worker/phase.ts";
import { trackedFiles } from "./source-files.ts";

const migrations = trackedFiles
  .map(({ path }) => /^migrations\/(\d{6})_[a-z0-9_]+\.sql$/.exec(path)?.[1])
  .filter((number) => number !== undefined)
  .map(Number);
const schema = trackedFiles.find(({ path }) => path === "migrations/schema.sql")?.text ?? "";

/** The words that a check constraint of the dumped schema allows. */
function allowedBy(constraint: string): string[] {
  const line = schema.split("\n").find((one) => one.includes(`constraint ${constraint} `)) ?? "";
  return [...line.matchAll(/'([\w-]+)'/g)].map(([, word = ""]) => word);
}

describe("the schema", () => {
  it("is the one this code was written for", () => {
    expect(Math.max(...migrations)).toBe(SCHEMA_VERSION);
  });

  it("comes from migrations numbered from 1 without a gap", () => {
    expect(migrations).toEqual(migrations.map((_, at) => at + 1));
  });

  it.each([
    ["run_phase_known", RUN_PHASES],
    ["attempt_phase_known", ATTEMPT_PHASES],
    ["attempt_failure_known", FAILURE_CLASSES],
    ["worker_phase_known", WORKER_PHASES],
    ["provider_kind_known", PROVIDER_KINDS],
    ["provider_status_known", PROVIDER_STATUSES],
    ["api_key_scope_known", SCOPES],
  ])("%s allows the words of the code", (constraint, words) => {
    expect(allowedBy(constraint)).toEqual([...words]);
  });
});
