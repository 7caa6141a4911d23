import { describe, expect, test } from "vitest";
import { limits } from "#core/domain/limits.ts";
import { parseRunSpec } from "#core/domain/spec/parse-run-spec.ts";
import { parseTemplate } from "#core/domain/spec/parse-template.ts";
import type { ParameterInput } from "#core/domain/spec/template-input.ts";
import { refusalOf } from "../../support/refusal.ts";

const spec = { command: ["true"] };
const withParameters = (...parameters: ParameterInput[]) => ({ name: "t", spec, parameters });

test("what is left out has its default, and a run the name of its template", () => {
  const { name, definition } = parseTemplate(withParameters({ name: "A" }), null);
  expect(name).toBe("t");
  expect(definition).toEqual({
    ...{ description: "", labels: {} },
    spec: parseRunSpec({ ...spec, name: "t" }),
    parameters: [
      {
        ...{ name: "A", type: "string", description: "", required: false, default: null },
        ...{ pattern: null, min: null, max: null, choices: [] },
      },
    ],
  });
  const named = parseTemplate({ name: "t", spec: { ...spec, name: "own" } }, null);
  expect(named.definition.spec.name).toBe("own");
});

test("a change keeps what it does not say", () => {
  const { definition } = parseTemplate(
    { ...withParameters({ name: "A" }), description: "d", labels: { a: "b" } },
    null,
  );
  const base = { name: "t", definition };
  expect(parseTemplate({}, base)).toEqual({ name: null, definition });
  expect(parseTemplate({ description: "e" }, base).definition).toEqual({
    ...definition,
    description: "e",
  });
  expect(parseTemplate({ parameters: [] }, base).definition.parameters).toEqual([]);
  const changed = parseTemplate({ spec: { shell: "echo" } }, base).definition.spec;
  expect(changed).toEqual(parseRunSpec({ shell: "echo", name: "t" }));
});

const BAD: readonly [title: string, input: unknown, paths: readonly string[]][] = [
  ["nothing", {}, ["name", "spec"]],
  ["no map", [], ["", "name", "spec"]],
  ["a bad name", { name: "A B", spec }, ["name"]],
  ["an id as name", { name: "0198f00d-1c2b-7def-8000-0123456789ab", spec }, ["name"]],
  [
    "a bad spec",
    { name: "t", spec: { command: [], env: { HODEI_X: "1" } } },
    ["spec.command", "spec.env.HODEI_X"],
  ],
  ["a spec that is none", { name: "t", spec: "echo" }, ["spec"]],
  [
    "an instant",
    { name: "t", spec: { ...spec, startAfter: "2030-01-01T00:00:00Z" } },
    ["spec.startAfter"],
  ],
  ["a mistyped field", { name: "t", spec, paramters: [] }, ["paramters"]],
  ["bad labels", { name: "t", spec, labels: { "a b": "c" } }, ['labels["a b"]']],
  ["a NUL", { name: "t", spec, description: "a\0" }, ["description"]],
  ["a long description", { name: "t", spec, description: "x".repeat(2000) }, ["description"]],
  ["no list of parameters", { name: "t", spec, parameters: {} }, ["parameters"]],
];
test.each(BAD)("%s is refused by path", (_title, input, paths) => {
  const { code, fields } = refusalOf(() => parseTemplate(input, null));
  expect(code).toBe("InvalidSpec");
  expect(fields.map(({ path }) => path).sort()).toEqual([...paths].sort());
});

describe("a parameter is refused", () => {
  const CASES: readonly [object, field: string][] = [
    [{ name: "a-b" }, "name"],
    [{ name: "1a" }, "name"],
    [{ name: "x".repeat(limits.parameterNameCharsMax + 1) }, "name"],
    [{ name: "A", type: "date" }, "type"],
    [{ name: "A", what: 1 }, "what"],
    [{ name: "A", type: "number", pattern: "x" }, "pattern"],
    [{ name: "A", pattern: "(" }, "pattern"],
    [{ name: "A", pattern: "(a+)+".repeat(60) }, "pattern"],
    [{ name: "A", min: 1 }, "min"],
    [{ name: "A", max: 1 }, "max"],
    [{ name: "A", type: "number", min: 2, max: 1 }, "max"],
    [{ name: "A", choices: ["a"] }, "choices"],
    [{ name: "A", type: "choice" }, "choices"],
    [{ name: "A", type: "choice", choices: ["a", "a"] }, "choices"],
    [{ name: "A", type: "secret", default: "x" }, "default"],
    [{ name: "A", required: true, default: "x" }, "default"],
    [{ name: "A", type: "number", default: "5" }, "default"],
    [{ name: "A", type: "number", default: 5, max: 4 }, "default"],
    [{ name: "A", pattern: "[a-z]", default: "B" }, "default"],
    [{ name: "A", default: [] }, "default"],
  ];
  test.each(CASES)("%j by %s", (parameter, field) => {
    const input = { name: "t", spec, parameters: [parameter] };
    const { fields } = refusalOf(() => parseTemplate(input, null));
    expect(fields.map(({ path }) => path)).toEqual([`parameters[0].${field}`]);
  });

  test("when its name stands twice, capitals aside", () => {
    const input = withParameters({ name: "region" }, { name: "REGION" });
    expect(refusalOf(() => parseTemplate(input, null)).fields).toEqual([
      { path: "parameters[1].name", message: "stands twice, capitals aside" },
    ]);
  });

  test("when there are too many", () => {
    const many = Array.from({ length: limits.templateParametersMax + 1 }, (_, at) => ({
      name: `P${at}`,
    }));
    expect(refusalOf(() => parseTemplate(withParameters(...many), null)).fields).toMatchObject([
      { path: "parameters" },
    ]);
  });
});

test("too much for one row is too large", () => {
  const choices = Array.from({ length: 100 }, (_, at) => `${"x".repeat(40)}${at}`);
  const many = Array.from({ length: 20 }, (_, at) => ({ name: `P${at}`, type: "choice", choices }));
  const input = { name: "t", spec, parameters: many };
  expect(refusalOf(() => parseTemplate(input, null)).code).toBe("SpecTooLarge");
});
