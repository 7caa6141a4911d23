import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limits } from "#core/domain/limits.ts";
import { closestWord } from "#core/domain/spec/closest-word.ts";
import { formatFieldPath, joinFieldPaths } from "#core/domain/spec/field-path.ts";
import { parseIdempotencyKey, parseKeyField } from "#core/domain/spec/idempotency-key.ts";
import { parseInstant } from "#core/domain/spec/instant.ts";
import { isLabelKey, isLabelValue } from "#core/domain/spec/kubernetes-label.ts";
import { parseUuid } from "#core/domain/spec/uuid.ts";

const invalidRequest = (path: string) =>
  expect.objectContaining({ code: "InvalidRequest", fields: [expect.objectContaining({ path })] });

describe("parseIdempotencyKey", () => {
  it.each(["a", "9f1c-7", '"quoted"', "x".repeat(limits.idempotencyKeyCharsMax)])(
    "takes %j as it is",
    (key) => {
      expect(parseIdempotencyKey(key)).toBe(key);
    },
  );

  it("takes none for none", () => {
    expect(parseIdempotencyKey(undefined)).toBeNull();
    expect(parseIdempotencyKey(null)).toBeNull();
  });

  it.each([
    "",
    " ",
    "a b",
    "a, b",
    "a,b",
    "é",
    "a\n",
    "x".repeat(limits.idempotencyKeyCharsMax + 1),
  ])("refuses %j", (key) => {
    expect(() => parseIdempotencyKey(key)).toThrow(invalidRequest("Idempotency-Key"));
  });
});

describe("parseKeyField", () => {
  it("takes what a header may hold, and none for none", () => {
    expect(parseKeyField("9f1c-7")).toBe("9f1c-7");
    expect([undefined, null].map(parseKeyField)).toEqual([null, null]);
  });

  it.each(["", "a b", "a,b", 7, true, ["a"], {}])("refuses %j", (key) => {
    expect(() => parseKeyField(key)).toThrow(invalidRequest("idempotencyKey"));
  });
});

describe("joinFieldPaths", () => {
  it.each<[string, string, string]>([
    ["runs[3]", "command[2]", "runs[3].command[2]"],
    ["runs[3]", "", "runs[3]"],
    ["runs[3]", '["a b"]', 'runs[3]["a b"]'],
  ])("%s and %s", (parent, path, joined) => {
    expect(joinFieldPaths(parent, path)).toBe(joined);
  });

  it("is the path of the parts together", () => {
    const part = fc.oneof(fc.string({ minLength: 1 }), fc.nat());
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const whole = formatFieldPath(["runs", 3, ...parts]);
        expect(joinFieldPaths("runs[3]", formatFieldPath(parts))).toBe(whole);
      }),
    );
  });
});

describe("parseUuid", () => {
  it("answers lower case", () => {
    expect(parseUuid("id", "0198F00D-0000-7000-8000-00000000ABCD")).toBe(
      "0198f00d-0000-7000-8000-00000000abcd",
    );
  });

  it.each([
    "",
    "0198f00d",
    "0198f00d-0000-7000-8000-00000000abcg",
    "{0198f00d-0000-7000-8000-00000000abcd}",
    "0198f00d00007000800000000000abcd",
  ])("refuses %j", (value) => {
    expect(() => parseUuid("id", value)).toThrow(invalidRequest("id"));
  });
});

describe("parseInstant", () => {
  it.each([
    ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z"],
    ["2026-01-31t12:00:00z", "2026-01-31T12:00:00.000Z"],
    ["2026-01-31 12:00:00.5+02:00", "2026-01-31T10:00:00.500Z"],
    ["2026-01-31T23:30:00-01:15", "2026-02-01T00:45:00.000Z"],
    ["2024-02-29T00:00:00.123456789Z", "2024-02-29T00:00:00.123Z"],
  ])("%s is %s", (text, canonical) => {
    expect(parseInstant(text)).toBe(canonical);
  });

  it.each([
    "",
    "2026-01-31",
    "2026-01-31T12:00Z",
    "2026-01-31T12:00:00",
    "2025-02-29T00:00:00Z",
    "2026-04-31T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-00-01T00:00:00Z",
    "2026-01-00T00:00:00Z",
    "2026-01-01T24:00:00Z",
    "2026-01-01T00:60:00Z",
    "2026-01-01T00:00:60Z",
    "2026-01-01T00:00:00+24:00",
    "1969-12-31T23:59:59Z",
    "1970-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59-01:00",
    "+02026-01-01T00:00:00Z",
    "tomorrow",
  ])("%j is none", (text) => {
    expect(parseInstant(text)).toBeNull();
  });

  it("agrees with Date on every instant there is", () => {
    const instants = fc.date({
      min: new Date(0),
      max: new Date("9999-12-31"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(instants, (date) => {
        expect(parseInstant(date.toISOString())).toBe(date.toISOString());
      }),
    );
  });
});

describe("labels", () => {
  it.each(["a", "A1", "example.com/name", "a.b_c-d", "x".repeat(63), `${"p.".repeat(80)}io/name`])(
    "%s is a key",
    (key) => {
      expect(isLabelKey(key)).toBe(true);
    },
  );
  it.each(["", "-a", "a-", "/a", "a/", "a/b/c", "UPPER.com/a", "a b", "x".repeat(64), "é", "a\n"])(
    "%j is no key",
    (key) => {
      expect(isLabelKey(key)).toBe(false);
    },
  );
  it("may have an empty value, and none with blanks or beyond 63 characters", () => {
    expect([isLabelValue(""), isLabelValue("v1.2"), isLabelValue("a b")]).toEqual([
      true,
      true,
      false,
    ]);
    expect([isLabelValue("x".repeat(63)), isLabelValue("x".repeat(64))]).toEqual([true, false]);
  });
});

describe("closestWord", () => {
  const words = ["command", "env", "labels", "backoffLimit"];
  it.each([
    ["comand", "command"],
    ["ENV", "env"],
    ["label", "labels"],
    ["backOffLimits", "backoffLimit"],
    ["zzz", null],
    ["en", null],
    ["x".repeat(10_000), null],
  ])("of %s is %s", (typed, meant) => {
    expect(closestWord(typed, words)).toBe(meant);
  });
});
