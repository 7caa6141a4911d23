import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { defineStatement, SqlError, type Statement } from "#adapters/store/sql-client.ts";
import type { Alter } from "../support/direct-client.ts";
import { openStore, type StoreFixture } from "../support/store-fixture.ts";
import type { Case } from "./exam.ts";
import { acceptMutants, resultMutants } from "./mutants/attempt-mutants.ts";
import { auditMutants } from "./mutants/audit-mutants.ts";
import { fenceMutants } from "./mutants/fence-mutants.ts";
import { keyMutants } from "./mutants/key-mutants.ts";
import { lossMutants, machineMutants } from "./mutants/loss-mutants.ts";
import { manualMutants } from "./mutants/manual-mutants.ts";
import type { Mutant } from "./mutants/mutant.ts";
import { patchMutants } from "./mutants/patch-mutants.ts";
import { placementMutants, stopMutants } from "./mutants/run-mutants.ts";
import { schedulingMutants } from "./mutants/scheduling-mutants.ts";
import { templateMutants } from "./mutants/template-mutants.ts";
import { usageMutants } from "./mutants/usage-mutants.ts";
import { warmMutants } from "./mutants/warm-mutants.ts";
import { installMutants, workerMutants } from "./mutants/worker-mutants.ts";

const MUTANTS: Readonly<Record<string, Mutant>> = {
  ...{ ...resultMutants, ...acceptMutants, ...placementMutants, ...stopMutants, ...warmMutants },
  ...templateMutants,
  ...{ ...patchMutants, ...manualMutants },
  ...{ ...lossMutants, ...machineMutants, ...workerMutants, ...installMutants, ...keyMutants },
  ...{ ...schedulingMutants, ...auditMutants, ...usageMutants, ...fenceMutants },
};

const original: Alter = (statement) => statement;

/** Refuses cuts of what is not there: such a mutant would show nothing. */
function cut(name: string, { statement, cuts }: Mutant): Statement {
  const text = cuts.reduce((before, [from, to]) => {
    expect(before.split(from), `"${from}" stands once in ${statement.name}`).toHaveLength(2);
    return before.replace(from, () => to);
  }, statement.text);
  return defineStatement(`${statement.name}, ${name}`, text);
}

describe.each([
  ["with", true],
  ["without", false],
])("mutants %s the second net", (_, net) => {
  let at: StoreFixture;
  let alter = original;
  beforeAll(async () => {
    at = await openStore("node-postgres", (statement) => alter(statement));
    if (!net) await at.tables.dropSecondNet();
  });
  beforeEach(() => {
    alter = original;
  });
  afterAll(() => at.close());

  /** What a case finds wrong; null = all is well. */
  async function complaint(sit: Case): Promise<unknown> {
    await at.reset();
    try {
      await sit(at);
      if (!at.tables.planted()) expect(await at.violations()).toEqual([]);
      return null;
    } catch (error) {
      return error;
    }
  }

  test.each(Object.entries(MUTANTS))("%s", async (name, mutant) => {
    if (mutant.noticedBy === undefined) throw new Error("the case that should notice is not there");
    const mutated = cut(name, mutant);
    expect(await complaint(mutant.noticedBy)).toBeNull();
    alter = (statement) => (statement.name === mutant.statement.name ? mutated : statement);
    const noticed = await complaint(mutant.noticedBy);
    expect(noticed, "the case does not notice").not.toBeNull();
    // Noticed for what it did, not because it is no SQL, nor thanks to a net that is not there.
    const kind = kindOf(noticed);
    expect(kind).not.toBe("defect");
    if (!net) expect(kind).not.toBe("constraint");
  });
});

/** Of the database's refusal under an error, null = it was not the database. */
function kindOf(error: unknown): string | null {
  if (error instanceof SqlError) return error.kind;
  return error instanceof Error && error.cause !== undefined ? kindOf(error.cause) : null;
}
