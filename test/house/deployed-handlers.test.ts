import { expect, it } from "vitest";
import { FUNCTION_ENTRIES } from "../../scripts/bundle.ts";
import { sources } from "./source-files.ts";

/** Deployed, and not run by local mode: why. */
const NOT_LOCAL: Readonly<Record<string, string>> = {
  "functions/http/authoriser.ts": "API Gateway's own question; the API behind it asks the same",
  "functions/maintenance/sweep.ts":
    "the tick sweeps too; deployed it has a clock of its own besides",
  "functions/maintenance/migrate.ts": "local mode migrates as it starts, before anything is there",
};

const textOf = (folder: RegExp): string =>
  sources
    .filter(({ path }) => folder.test(path))
    .map(({ text }) => text)
    .join("\n");

/** Files of the handlers that infra/ names, as `file.handler`. */
const deployed = [...textOf(/^infra\//).matchAll(/handler: "([^"]+)[.]handler"/g)].map(
  ([, file]) => `${file}.ts`,
);
/** Files whose handler the process imports that plays Lambda's surroundings. */
const local = [
  ...textOf(/^local\/functions-host\/main[.]ts$/).matchAll(
    /import \{ handler as \w+ \} from "..\/..\/(functions\/[^"]+)"/g,
  ),
].map(([, file]) => file);

it("what is deployed is what is bundled, measured and tested", () => {
  expect(deployed.toSorted()).toEqual(Object.values(FUNCTION_ENTRIES).toSorted());
});

it("local mode runs the files that are deployed, but for those with a reason", () => {
  expect(local.length).toBeGreaterThan(3);
  expect([...local, ...Object.keys(NOT_LOCAL)].toSorted()).toEqual(deployed.toSorted());
});
