import { spawnSync } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { ROOT } from "./offline/evaluate-stage.ts";
import { plantFault } from "./planted-checkout.ts";
import { skipWithoutComponents } from "./skip-without-components.ts";

skipWithoutComponents();

/** What the compiler says of the deployment, against the types of the real components. */
function typeErrors(root: string): string {
  const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [compiler, "-p", "tsconfig.infra.json"], {
    cwd: root,
    encoding: "utf8",
  });
  return stdout;
}

it("the deployment has the types of sst's components", () => {
  expect(typeErrors(ROOT)).toBe("");
});

it("what no component knows is an error", () => {
  const misspelt = { from: "dataApi: true", to: "dataAPI: true" };
  const { root, remove } = plantFault({ file: "infra/database.ts", ...misspelt });
  onTestFinished(remove);
  cpSync(join(ROOT, "tsconfig.infra.json"), join(root, "tsconfig.infra.json"));
  expect(typeErrors(root)).toContain("infra/database.ts");
});
