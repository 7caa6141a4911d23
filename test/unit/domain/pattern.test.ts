import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "#core/domain/limits.ts";
import { compilePattern, PatternError } from "#core/domain/template/pattern.ts";

const CASES: readonly [pattern: string, matches: readonly string[], not: readonly string[]][] = [
  ["[a-z]+", ["a", "xyz"], ["", "aB", "a\n"]],
  ["^v\\d+\\.\\d+$", ["v1.2", "v10.22"], ["v1", "xv1.2", "v1.2x", "v1x2"]],
  ["(eu|us)-[0-9]{1,2}", ["eu-1", "us-22"], ["eu-", "eu-123", "xx-1"]],
  ["(?:ab)*", ["", "ab", "abab"], ["a", "aba"]],
  ["a{2,}", ["aa", "aaaa"], ["a"]],
  ["a{0}", [""], ["a"]],
  ["(){200}", [""], ["a"]],
  ["(((){255}){255}){255}", [""], ["a"]],
  [".", ["x", "é", "😀"], ["\n", "", "xy"]],
  ["[^a-c]", ["d", "\n"], ["a", "b"]],
  ["[]", [], ["", "a"]],
  ["[a\\-z.]", ["a", "-", "z", "."], ["b"]],
  ["[\\d_]\\$", ["1$", "_$"], ["a$"]],
  ["a\\\\$", ["a\\"], ["a$"]],
  ["a\\$", ["a$"], ["a"]],
  ["\\w\\W\\s\\S\\D\\t", ["a- xx\t"], ["a-xxx\t"]],
  ["|a", ["", "a"], ["b"]],
];

test.each(CASES)("%s", (pattern, matching, not) => {
  const matches = compilePattern(pattern);
  expect(matching.filter((text) => !matches(text))).toEqual([]);
  expect(not.filter((text) => matches(text))).toEqual([]);
});

describe("is refused:", () => {
  const BAD = [
    ...["(", ")", "a)", "[a", "a{2", "a{3,2}", "a{256}", "a{x}", "*a", "+", "?", "{", "]", "}"],
    ...["a**", "a+?", "a*+", "(?=a)", "(?!a)", "(?<n>a)", "(a)\\1", "\\b", "a^b", "a$b", "\\"],
    ...["[z-a]", "[\\d-z]", "((a{255}){255})", "a{1000}", "\\u0041", `${"(".repeat(20)}a`],
  ];
  test.each(BAD)("%s", (pattern) => {
    expect(() => compilePattern(pattern)).toThrow(PatternError);
  });

  test("at the place that is wrong", () => {
    expect(() => compilePattern("abc(?=d)")).toThrow(
      'at character 5: of "(?…" only "(?:" is known',
    );
  });
});

/** Patterns of the part of the language that both engines know. */
const atom = fc.oneof(
  fc.constantFrom("a", "b", ".", "\\d", "\\w", "[ab]", "[^a]", "[a-c]", "\\.", "1"),
);
const repeat = fc.constantFrom("", "", "*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}");
const { pattern } = fc.letrec<{ pattern: string; piece: string }>((tie) => ({
  piece: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.tuple(atom, repeat).map(([part, times]) => part + times),
    fc.tuple(tie("pattern"), repeat).map(([part, times]) => `(${part})${times}`),
  ),
  pattern: fc
    .array(fc.array(tie("piece"), { maxLength: 3 }), { minLength: 1, maxLength: 2 })
    .map((options) => options.map((pieces) => pieces.join("")).join("|")),
}));
const text = fc.string({ unit: fc.constantFrom("a", "b", "c", "1", "."), maxLength: 6 });

test("means what it means to the engine of the language", () => {
  fc.assert(
    fc.property(pattern, text, (source, value) => {
      fc.pre(source.length <= 40);
      expect(compilePattern(source)(value)).toBe(new RegExp(`^(?:${source})$`).test(value));
    }),
    { numRuns: 2000 },
  );
});

/** Each of these takes an engine that tries one way after the other longer than anybody lives. */
const CATASTROPHES = ["(a+)+b", "(a|a)*b", "(a*)*b", "(a|aa)+b", "(.*)*b", "a*a*a*a*a*a*a*a*b"];

test.each(CATASTROPHES)("%s takes time in proportion to the text", (source) => {
  const matches = compilePattern(source);
  expect(matches("a".repeat(limits.parameterBytesMax))).toBe(false);
  expect(matches(`${"a".repeat(limits.parameterBytesMax)}b`)).toBe(true);
});
