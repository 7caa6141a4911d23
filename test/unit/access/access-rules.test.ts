import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { apiKeyIdOf, apiKeyText, bearerOf, isApiKeyId } from "#core/domain/access/api-key.ts";
import { refusalOf } from "#core/domain/access/judge-key.ts";
import { covers, isScope, SCOPES } from "#core/domain/access/scope.ts";
import { type Bucket, takeToken } from "#core/domain/access/token-bucket.ts";
import { isDomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import { parseKeyRequest } from "#core/domain/spec/key-request.ts";

describe("scopes", () => {
  it("are a ladder: admin may all, submit may read, read may no more", () => {
    const table = SCOPES.map((held) => [held, SCOPES.filter((needed) => covers(held, needed))]);
    expect(Object.fromEntries(table)).toEqual({
      read: ["read"],
      submit: ["read", "submit"],
      admin: ["read", "submit", "admin"],
    });
  });

  it.each(["", "Read", "root", null, 1, undefined])("do not hold %j", (value) => {
    expect(isScope(value)).toBe(false);
  });
});

const hex = (digits: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: digits, maxLength: digits });
const aKey = apiKeyText("0123456789abcdef", "f".repeat(64));

describe("the text of a key", () => {
  it("names its id, and is found by the expression for scanners", () => {
    fc.assert(
      fc.property(hex(16), hex(64), (id, secret) => {
        const text = apiKeyText(id, secret);
        expect(apiKeyIdOf(text)).toBe(id);
        expect(isApiKeyId(id)).toBe(true);
        expect(`x=${text};`.match(/hodei_[0-9a-f]{16}_[0-9a-f]{64}/)?.[0]).toBe(text);
      }),
    );
  });

  it("is nothing else", () => {
    const others = [
      aKey.slice(1),
      aKey.slice(0, -1),
      `${aKey}0`,
      aKey.toUpperCase(),
      ` ${aKey}`,
      "",
    ];
    for (const text of [...others, `${aKey}\n`]) expect(apiKeyIdOf(text), text).toBeNull();
    fc.assert(fc.property(fc.string(), (text) => apiKeyIdOf(text) === null));
  });

  it.each([
    [`Bearer ${aKey}`, aKey],
    [`bearer   ${aKey} `, aKey],
    [undefined, null],
    ["", null],
    ["Bearer", null],
    ["Bearer ", null],
    [`Basic ${aKey}`, null],
    [`Bearer ${aKey} ${aKey}`, null],
    [`Bearer ${aKey}, Bearer ${aKey}`, null],
    [aKey, null],
  ])("%j carries %j", (header, key) => {
    expect(bearerOf(header)).toBe(key);
  });
});

describe("a key that was shown", () => {
  const good = { secretMatches: true, revoked: false, expiresAt: null };
  it.each([
    [null, "unknown"],
    [good, null],
    [{ ...good, secretMatches: false }, "wrong-secret"],
    [{ ...good, secretMatches: false, revoked: true, expiresAt: 1 }, "wrong-secret"],
    [{ ...good, revoked: true }, "revoked"],
    [{ ...good, expiresAt: 1_001 }, null],
    [{ ...good, expiresAt: 1_000 }, "expired"],
  ])("%j: %j", (key, refusal) => {
    expect(refusalOf(key, 1_000)).toBe(refusal);
  });
});

describe("a token bucket", () => {
  const rate = { burst: 3, perSecond: 2 };
  const takeAll = (at: readonly number[]): number[] => {
    let bucket: Bucket | null = null;
    return at.map((now) => {
      const taken = takeToken(bucket, now, rate);
      bucket = taken.bucket;
      return taken.waitMs;
    });
  };

  it("gives its burst at once, then one after the other, and says when", () => {
    expect(takeAll([0, 0, 0, 0, 250, 500, 500, 1_000])).toEqual([0, 0, 0, 500, 250, 0, 500, 0]);
  });

  it("is no fuller after a long rest, nor after the clock was set back", () => {
    expect(takeAll([0, 1e9, 1e9, 1e9, 1e9])).toEqual([0, 0, 0, 0, 500]);
    expect(takeAll([5_000, 5_000, 5_000, 0, 400])).toEqual([0, 0, 0, 500, 100]);
  });

  it("never gives more than burst and rate allow", () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 60 });
    fc.assert(
      fc.property(gaps, (waits) => {
        let now = 0;
        const at = waits.map((gap) => (now += gap));
        const given = takeAll(at).filter((waitMs) => waitMs === 0).length;
        expect(given).toBeLessThanOrEqual(rate.burst + (now / 1000) * rate.perSecond + 1e-9);
      }),
    );
  });
});

describe("a request for a key", () => {
  const good = { name: "ci", scope: "submit" };

  it("is its name, its scope and perhaps its lifetime", () => {
    expect(parseKeyRequest(good)).toEqual({ ...good, lifetimeSeconds: null });
    const max = limits.apiKeyLifetimeSecondsMax;
    for (const lifetimeSeconds of [null, 1, max])
      expect(parseKeyRequest({ ...good, lifetimeSeconds })).toEqual({ ...good, lifetimeSeconds });
    const name = `a${" _.@:/-".repeat(8)}bcdef1`;
    expect(name).toHaveLength(limits.apiKeyNameCharsMax);
    expect(parseKeyRequest({ ...good, name })).toMatchObject({ name });
  });

  it.each([
    [undefined, [""]],
    [[], [""]],
    ["ci", [""]],
    [{}, ["name", "scope"]],
    [{ ...good, name: "" }, ["name"]],
    [{ ...good, name: " ci" }, ["name"]],
    [{ ...good, name: "ci " }, ["name"]],
    [{ ...good, name: "c\ni" }, ["name"]],
    [{ ...good, name: "\u001b[31m" }, ["name"]],
    [{ ...good, name: "a".repeat(64) }, ["name"]],
    [{ ...good, scope: "root" }, ["scope"]],
    [{ ...good, scope: ["read"] }, ["scope"]],
    [{ ...good, lifetimeSeconds: 0 }, ["lifetimeSeconds"]],
    [{ ...good, lifetimeSeconds: 1.5 }, ["lifetimeSeconds"]],
    [{ ...good, lifetimeSeconds: "1" }, ["lifetimeSeconds"]],
    [{ ...good, lifetimeSeconds: limits.apiKeyLifetimeSecondsMax + 1 }, ["lifetimeSeconds"]],
    [{ ...good, scopes: [], x: 1 }, ["scopes", "x"]],
  ])("%j is refused at %j", (body, paths) => {
    const error = refusalBy(() => parseKeyRequest(body));
    expect(error.code).toBe("InvalidRequest");
    expect(error.fields.map(({ path }) => path)).toEqual(paths);
  });
});

function refusalBy(act: () => unknown) {
  try {
    act();
  } catch (error) {
    if (isDomainError(error)) return error;
    throw error;
  }
  throw new Error("it was taken");
}
