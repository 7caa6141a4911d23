import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import type { Parameter } from "#core/domain/template/parameter.ts";
import { parameterEnv } from "#core/domain/template/parameter.ts";
import { parameterValues } from "#core/domain/template/parameter-values.ts";
import { refusalOf } from "../../support/refusal.ts";
import { aParameter } from "../../support/template-factories.ts";

const valueGiven = (parameter: Partial<Parameter>, value: unknown): unknown =>
  parameterValues([aParameter({ name: "P", ...parameter })], { P: value }).shown.P;
const number = (bounds: Partial<Parameter> = {}) => ({ type: "number", ...bounds }) as const;
const choice = { type: "choice", choices: ["a", "b"] } as const;

const TAKEN: readonly [Partial<Parameter>, given: unknown, value: unknown][] = [
  [{}, "text", "text"],
  [{}, "", ""],
  [{ pattern: "[a-z]+" }, "abc", "abc"],
  [number(), 5, 5],
  [number(), "5", 5],
  [number(), "-1.5e3", -1500],
  [number({ min: 1, max: 2 }), 2, 2],
  [{ type: "boolean" }, true, true],
  [{ type: "boolean" }, "false", false],
  [choice, "b", "b"],
];
test.each(TAKEN)("%j takes %j as %j", (parameter, given, value) => {
  expect(valueGiven(parameter, given)).toBe(value);
});

const REFUSED: readonly [Partial<Parameter>, given: unknown, message: string][] = [
  [{}, 5, "must be text"],
  [{}, ["a"], "must be text"],
  [{ pattern: "[a-z]+" }, "Abc", "must match [a-z]+"],
  [number(), "five", "must be a number"],
  [number(), "0x10", "must be a number"],
  [number(), "1e999", "must be a number"],
  [number(), "", "must be a number"],
  [number(), true, "must be a number"],
  [number({ min: 1 }), 0, "must not be less than 1"],
  [number({ max: 2 }), 2.1, "must not be more than 2"],
  [{ type: "boolean" }, "yes", "must be true or false"],
  [{ type: "boolean" }, 1, "must be true or false"],
  [choice, "c", "must be one of a, b"],
  [{ type: "secret" }, 1, "must be text"],
  [{ required: true }, null, "is required"],
  [{}, "a\0b", "must not hold a NUL byte or half a surrogate pair"],
];
test.each(REFUSED)("%j refuses %j: %s", (parameter, given, message) => {
  const { code, fields } = refusalOf(() => valueGiven(parameter, given));
  expect(code).toBe("InvalidRequest");
  expect(fields).toContainEqual({ path: "parameters.P", message });
});

describe("the values of a run", () => {
  const PARAMETERS = [
    aParameter({ name: "REGION", required: true }),
    aParameter({ name: "LIMIT", type: "number", default: 0 }),
    aParameter({ name: "FAST", type: "boolean", default: false }),
    aParameter({ name: "NOTE" }),
    aParameter({ name: "TOKEN", type: "secret", pattern: "[a-z]+" }),
  ];

  test("are those given, then the defaults, and nothing for the rest", () => {
    expect(parameterValues(PARAMETERS, { REGION: "eu", TOKEN: "abc" })).toEqual({
      shown: { REGION: "eu", LIMIT: 0, FAST: false, TOKEN: null },
      secrets: { TOKEN: "abc" },
    });
    expect(parameterValues([])).toEqual({ shown: {}, secrets: {} });
  });

  test("name everything that is unknown, missing or wrong, and no secret", () => {
    const refused = refusalOf(() => parameterValues(PARAMETERS, { REGIO: "eu", TOKEN: "s3cret" }));
    expect(refused.fields).toEqual([
      {
        path: "parameters.REGIO",
        message: "the template has no such parameter; did you mean REGION?",
      },
      { path: "parameters.REGION", message: "is required" },
      { path: "parameters.TOKEN", message: "must match [a-z]+" },
    ]);
    expect(JSON.stringify([refused.message, refused.fields])).not.toContain("s3cret");
  });

  test("are a map of at most so many bytes", () => {
    for (const given of [[], "x", 5, null])
      expect(() => parameterValues([], given)).toThrow(DomainError);
    const long = "x".repeat(limits.parameterBytesMax);
    const parameters = [aParameter({ name: "P", pattern: "x*" })];
    expect(refusalOf(() => parameterValues(parameters, { P: long })).fields).toEqual([
      { path: "parameters", message: `at most ${limits.parameterBytesMax} bytes as JSON` },
    ]);
  });

  test("names of the language itself are names like any other", () => {
    const parameters = [aParameter({ name: "constructor", required: true })];
    expect(() => parameterValues(parameters, {})).toThrow("is required");
    expect(() => parameterValues([], { toString: "x" })).toThrow("no such parameter");
    const proto = JSON.parse('{"__proto__": "x"}');
    expect(() => parameterValues([], proto)).toThrow("is not allowed as a key");
  });
});

test("whatever is given, the answer is values of the parameters or a refusal", () => {
  const parameters = [aParameter(), aParameter({ name: "N", type: "number" })];
  fc.assert(
    fc.property(fc.anything({ withNullPrototype: true }), (given) => {
      try {
        const { shown } = parameterValues(parameters, given);
        expect(["REGION", "N"]).toEqual(expect.arrayContaining(Object.keys(shown)));
      } catch (error) {
        expect(error).toBeInstanceOf(DomainError);
      }
    }),
  );
});

test("a job finds values in its environment, as text", () => {
  expect(parameterEnv({ region: "eu; rm -rf /", Count: 1.5, FAST: false })).toEqual({
    ...{ HODEI_PARAM_REGION: "eu; rm -rf /", HODEI_PARAM_COUNT: "1.5", HODEI_PARAM_FAST: "false" },
  });
});
