/** Global setup of `test/infra`: the components of sst, or the word why they are not there. */
import type { TestProject } from "vitest/node";
import { installPlatform } from "../../scripts/install-sst.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Why the stages cannot be evaluated; null = they can. */
    componentsLack: string | null;
  }
}

/** Where everything is built nothing may be left out; elsewhere the registry may be out of reach. */
export default function setup(project: TestProject): void {
  const lack = installPlatform();
  if (lack !== null && process.env.CI) throw new Error(`the components of sst: ${lack}`);
  project.provide(
    "componentsLack",
    lack && `the components of sst could not be installed: ${lack}`,
  );
}
