import fc from "fast-check";
import { expect, test } from "vitest";
import { limits } from "#core/domain/limits.ts";
import { parseRunSpec } from "#core/domain/spec/parse-run-spec.ts";
import type { RunSpec } from "#core/domain/spec/run-spec.ts";
import { RunJobCommand } from "#proto/hodei.ts";
import { runCommand } from "../../../gateway/codec.ts";
import { jobCommand } from "../../../worker/codec.ts";
import { jobEnvironment } from "../../../worker/environment.ts";
import { fuzzed, oddTexts } from "../../support/fuzz.ts";
import { refusalOf } from "../../support/refusal.ts";

const names = fc.oneof(
  fc.constantFrom("__proto__", "constructor", "toString", "hasOwnProperty", "0", "1e3", "PATH"),
  fc.constantFrom(
    "A.B",
    "a-b",
    "A B",
    "A[0]",
    'A"B',
    "%s",
    "$HOME",
    "~",
    "HODEI_RUN_ID",
    "é",
    "A=B",
  ),
  fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((n) => String.fromCharCode(n)) }),
  oddTexts.map((text) => text.slice(0, 300)),
);
const environments = fc.array(fc.tuple(names, oddTexts), { maxLength: 6 }).map((pairs) => {
  const env = JSON.parse("{}") as Record<string, string>;
  for (const [name, value] of pairs)
    Object.defineProperty(env, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  return env;
});

/** What the job's process gets of a stored spec, by way of the database's JSON and the wire. */
function arrived(stored: RunSpec, runId: string): Record<string, string> {
  const spec = JSON.parse(JSON.stringify(stored)) as RunSpec;
  const dispatch = {
    ...{ spec, runId, executionId: runId, fence: 1, name: "x", parameters: null },
    deadlineInMs: 1000,
  };
  const wire = runCommand(dispatch as never, { limits, original: false });
  const received = RunJobCommand.decode(RunJobCommand.encode(wire).finish());
  return jobEnvironment({}, jobCommand(received, 0, 1), { parametersFile: null, tools: null });
}

const PLATFORM = [
  "HODEI_RUN_ID",
  "HODEI_RUN_NAME",
  "HODEI_ATTEMPT",
  "HODEI_FENCE",
  "HODEI_EXECUTION_ID",
];

test("a job's environment is refused by its path, or arrives as it was submitted", () => {
  fc.assert(
    fc.property(environments, fc.uuid(), (env, runId) => {
      const document = { command: ["true"], env };
      let spec: RunSpec;
      try {
        spec = parseRunSpec(document);
      } catch {
        const { code, fields } = refusalOf(() => parseRunSpec(document));
        expect(["InvalidSpec", "SpecTooLarge"]).toContain(code);
        if (code === "InvalidSpec")
          for (const { path } of fields) expect(path === "" || path.startsWith("env")).toBe(true);
        return;
      }
      const own = Object.entries(arrived(spec, runId)).filter(([name]) => !PLATFORM.includes(name));
      const submitted = Object.entries(env).filter(([name]) => !PLATFORM.includes(name));
      expect(own.sort()).toEqual(submitted.sort());
      for (const [name, value] of own) expect(`${name}${value}`).not.toContain("\0");
    }),
    fuzzed(200),
  );
});
