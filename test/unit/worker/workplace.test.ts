import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { jobEnvironment } from "../../../worker/environment.ts";
import { clearWorkplace, prepareWorkplace } from "../../../worker/workplace.ts";
import { jobCommandOf } from "./job-command-of.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hodei-workplace-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("the values of a run are a file for the job's user alone, named in its environment", async () => {
  const parametersJson = '{"REGION":"eu"}';
  const command = jobCommandOf({ parametersJson, env: { HODEI_PARAM_REGION: "eu" } });
  const scratch = join(folder, "attempt");
  const { parametersFile, cwd } = await prepareWorkplace(command, scratch);
  if (parametersFile === null) throw new Error("there is no file");
  expect(readFileSync(parametersFile, "utf8")).toBe(parametersJson);
  expect(statSync(parametersFile).mode & 0o777).toBe(0o600);
  expect(parametersFile.startsWith(cwd)).toBe(false); // not among what the job writes
  const { HODEI_PARAMS, HODEI_PARAM_REGION } = jobEnvironment({}, command, {
    ...{ parametersFile, tools: null },
  });
  expect({ HODEI_PARAMS, HODEI_PARAM_REGION }).toEqual({
    ...{ HODEI_PARAMS: parametersFile, HODEI_PARAM_REGION: "eu" },
  });
  await clearWorkplace(scratch);
  expect(() => readFileSync(parametersFile)).toThrow("ENOENT");
});

test("a run without parameters has neither", async () => {
  const command = jobCommandOf();
  const { parametersFile } = await prepareWorkplace(command, join(folder, "attempt"));
  expect(parametersFile).toBeNull();
  expect(jobEnvironment({}, command, { parametersFile, tools: null })).not.toHaveProperty(
    "HODEI_PARAMS",
  );
});
