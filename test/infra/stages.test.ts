import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { FUNCTION_ENTRIES } from "../../scripts/bundle.ts";
import { ALL_CHECKS } from "./checks/all-checks.ts";
import { evaluateStage } from "./offline/evaluate-stage.ts";
import { PERMISSIONS_PAGE, permissionsPage } from "./permissions-page.ts";
import { skipWithoutComponents } from "./skip-without-components.ts";
import { type EvaluatedStage, evaluatedStage } from "./stage-fixture.ts";

const isSkipped = skipWithoutComponents();

const STAGES = ["production", "staging", "dev"] as const;
const evaluated = new Map<string, EvaluatedStage>();
const of = (name: string): EvaluatedStage => {
  const stage = evaluated.get(name);
  if (!stage) throw new Error(`${name} was not evaluated`);
  return stage;
};

beforeAll(async () => {
  if (isSkipped) return;
  // One after the other: all of them use .sst.
  for (const name of STAGES) evaluated.set(name, await evaluatedStage(name));
});

describe.each(STAGES)("%s", (name) => {
  it.each(ALL_CHECKS.map((check) => [check.name, check] as const))("%s", (_, check) => {
    expect(check.problems(of(name))).toEqual([]);
  });

  it("evaluates without a warning, and asks AWS for nothing but its own state", () => {
    const { graph, calls } = of(name);
    expect(graph.graph.warnings).toEqual([]);
    const own = /^(AmazonSSM.GetParameter|GET [/]sst-state-offline[/])/;
    expect(calls.filter((call) => !own.test(call))).toEqual([]);
  });

  it("is protected against removal in production alone", () => {
    const { graph, isProduction } = of(name);
    expect(graph.graph.app.protect).toBe(isProduction);
    const { options } = graph.one("aws:rds/cluster:Cluster");
    expect(options.retainOnDelete).toBe(isProduction);
  });
});

it("the page of permissions is what is granted (else: node test/infra/permissions-page.ts)", () => {
  const page = readFileSync(PERMISSIONS_PAGE, "utf8");
  expect(page).toBe(permissionsPage(of("production"), page));
});

it("deploys the functions that the repository has, one each", () => {
  const deployed = of("production").graph.ofType("aws:lambda/function:Function");
  expect(deployed).toHaveLength(Object.keys(FUNCTION_ENTRIES).length);
});

it("says which secret is missing", async () => {
  await expect(evaluateStage({ stage: "dev" })).rejects.toThrow(/sst secret set BootstrapKeys/);
});
