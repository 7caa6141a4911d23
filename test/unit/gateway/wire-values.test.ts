import fc from "fast-check";
import { expect, test } from "vitest";
import type { DomainError } from "#core/domain/errors.ts";
import { boundedText, instantOf, requiredUuid, uuidOf } from "../../../gateway/wire-values.ts";

const ID = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9";

test("an id is spelled as the rows spell it", () => {
  expect(uuidOf(ID.toUpperCase())).toBe(ID);
  for (const none of [undefined, "", "no", `${ID}0`, `{${ID}}`, ID.replaceAll("-", "")])
    expect(uuidOf(none)).toBeNull();
});

test("a missing or malformed id is named by its path", () => {
  expect(requiredUuid(ID, "job_id")).toBe(ID);
  for (const bad of [undefined, "", "no"])
    expect(() => requiredUuid(bad, "job_id")).toThrow(
      expect.objectContaining({
        code: "InvalidRequest",
        fields: [expect.objectContaining({ path: "job_id" })],
      } satisfies Partial<Record<keyof DomainError, unknown>>),
    );
});

test("any text becomes one the database can hold", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 40 }), fc.nat(30), (text, charsMax) => {
      const bounded = boundedText(`${text}\u0000\ud83d`, charsMax);
      expect(bounded.length).toBeLessThanOrEqual(charsMax);
      expect(bounded.isWellFormed()).toBe(true);
      expect(bounded).not.toContain("\u0000");
    }),
  );
  expect(boundedText("as it is 😀", 100)).toBe("as it is 😀");
});

test("an instant no clock can show is the one of its arrival", () => {
  const now = Date.UTC(2026, 5, 1);
  expect(instantOf(new Date(now - 5), now)).toBe(now - 5);
  for (const odd of [undefined, new Date(Number.NaN), new Date(8.64e15), new Date(0), new Date(-1)])
    expect(instantOf(odd, now)).toBe(now);
});
