import { pino } from "pino";
import { beforeEach, describe, expect, it } from "vitest";
import { type Authorise, createAuthorise } from "#core/application/authorise-call.ts";
import { CallRates } from "#core/application/call-rates.ts";
import { KnownKeys } from "#core/application/known-keys.ts";
import { SCOPES, type Scope } from "#core/domain/access/scope.ts";
import { DomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import {
  createMemoryKeys,
  keyText,
  type MemoryKeys,
  sha256,
} from "../../support/fakes/memory-keys.ts";
import { recordingTelemetry } from "../../support/fakes/recorders.ts";

let now = 0;
let keys: MemoryKeys;
let lines: Record<string, unknown>[];
let authorise: Authorise;

function open(anonymous: Scope | null = null, rates = new CallRates()): Authorise {
  const log = pino(
    { level: "debug" },
    { write: (line: string) => void lines.push(JSON.parse(line)) },
  );
  return createAuthorise({ keys, digest: sha256, anonymous, log, now: () => now, rates });
}
const call = (key: string | undefined, needed: Scope = "read") =>
  authorise(key === undefined ? undefined : `Bearer ${key}`, needed);
const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "ok",
    (error) => error.code,
  );

beforeEach(() => {
  now = 1_000_000;
  keys = createMemoryKeys(() => now);
  lines = [];
  authorise = open();
});

describe("a call with a key", () => {
  it("is let in as far as the scope of the key goes", async () => {
    const table: Record<string, string> = {};
    for (const held of SCOPES) {
      const key = keys.add(held);
      for (const needed of SCOPES) table[`${held} for ${needed}`] = await codeOf(call(key, needed));
    }
    expect(table).toEqual({
      ...{ "read for read": "ok", "read for submit": "Forbidden", "read for admin": "Forbidden" },
      ...{ "submit for read": "ok", "submit for submit": "ok", "submit for admin": "Forbidden" },
      ...{ "admin for read": "ok", "admin for submit": "ok", "admin for admin": "ok" },
    });
  });

  it("says who calls by the name and the id of the key", async () => {
    const key = keys.add("submit", { name: "nightly" });
    const id = "0000000000000001";
    expect(await call(key)).toEqual({ keyId: id, label: `nightly (${id})`, scope: "submit" });
  });
});

describe("a call without a good key", () => {
  const WRONG = keyText(1).replace(/0$/, "1").replace(/1$/, "2");
  const CASES: Record<string, () => Promise<string | undefined>> = {
    "no-key": async () => undefined,
    malformed: async () => "hodei_key",
    unknown: async () => keyText(77),
    "wrong-secret": async () => {
      keys.add("admin");
      return WRONG;
    },
    revoked: async () => {
      const key = keys.add("admin");
      await keys.revoke("0000000000000001", null);
      return key;
    },
    expired: async () => {
      const key = keys.add("admin", { lifetimeSeconds: 60 });
      now += 60_000;
      return key;
    },
  };

  it.each(Object.keys(CASES))(
    "%s: hears what all the others hear; the log says why",
    async (cause) => {
      const key = await CASES[cause]?.();
      const error = await call(key).catch((refusal) => refusal);
      expect(error).toBeInstanceOf(DomainError);
      expect([error.code, error.message, error.fields, error.retryAfterMs]).toEqual([
        ...["Unauthenticated", "this needs a valid API key", [], null],
      ]);
      expect(lines).toMatchObject([{ level: 40, msg: "call refused: no valid API key", cause }]);
      const secret = key?.split("_")[2];
      if (secret) expect(JSON.stringify(lines)).not.toContain(secret);
    },
  );

  it("another scheme, two keys or odd blanks are no key", async () => {
    const key = keys.add("admin");
    for (const header of [key, `Basic ${key}`, `Bearer ${key} ${key}`, "Bearer", ""])
      expect(await codeOf(authorise(header, "read")), header).toBe("Unauthenticated");
    expect(await codeOf(authorise(`bEARER  ${key}`, "read"))).toBe("ok");
  });
});

describe("anonymous calls", () => {
  it("may what the stage says, and no key that is shown is overlooked", async () => {
    authorise = open("submit");
    expect(await call(undefined, "submit")).toEqual({ keyId: null, label: null, scope: "submit" });
    expect(await codeOf(call(undefined, "admin"))).toBe("Unauthenticated");
    expect(await codeOf(call(keyText(9), "read"))).toBe("Unauthenticated");
    expect(await codeOf(authorise("", "read"))).toBe("Unauthenticated");
    expect(keys.finds).toHaveLength(1);
  });
});

describe("what is known of a key", () => {
  it("is read once in a while, however many calls there are", async () => {
    const key = keys.add("read");
    await Promise.all(Array.from({ length: 50 }, () => call(key)));
    now += limits.apiKeyCacheMs - 1;
    await call(key);
    expect(keys.finds).toHaveLength(1);
    now += 1;
    await call(key);
    expect(keys.finds).toHaveLength(2);
  });

  it("a revoked key is refused at the latest after that time, for every reason to believe it", async () => {
    const key = keys.add("read");
    await call(key);
    await keys.revoke("0000000000000001", null);
    now += limits.apiKeyCacheMs;
    expect(await codeOf(call(key))).toBe("Unauthenticated");
  });

  it("a key that expires while it is known is refused on time", async () => {
    const key = keys.add("read", { lifetimeSeconds: 3 });
    await call(key);
    now += 2_999;
    expect(await codeOf(call(key))).toBe("ok");
    now += 1;
    expect(await codeOf(call(key))).toBe("Unauthenticated");
    expect(keys.finds).toHaveLength(1);
  });

  it("an id that no key has is looked for once in that time as well", async () => {
    for (let n = 0; n < 5; n += 1) await codeOf(call(keyText(5)));
    expect(keys.finds).toHaveLength(1);
  });

  it("a clock that was set back makes it look again", async () => {
    const key = keys.add("read");
    await call(key);
    now -= 3_600_000;
    await call(key);
    expect(keys.finds).toHaveLength(2);
  });

  it("an outage is the caller's to repeat, and is not remembered", async () => {
    const key = keys.add("read");
    keys.failWith(() => new DomainError("StoreUnavailable", "away"));
    expect(await codeOf(call(key))).toBe("StoreUnavailable");
    keys.failWith(null);
    expect(await codeOf(call(key))).toBe("ok");
  });

  it("is bounded: who was asked for longest ago is forgotten", async () => {
    const finds: string[] = [];
    const known = new KnownKeys(
      async (id) => {
        finds.push(id);
        return null;
      },
      () => now,
    );
    await known.get("hot");
    for (let n = 0; n < limits.apiKeyCacheEntriesMax; n += 1) {
      await known.get(`id ${n}`);
      if (n % 1000 === 0) await known.get("hot");
    }
    await known.get("hot");
    expect(finds.filter((id) => id === "hot")).toHaveLength(1);
    await known.get("id 0");
    expect(finds.filter((id) => id === "id 0")).toHaveLength(2);
  });
});

describe("the last use of a key", () => {
  it("is written at most once a minute", async () => {
    const key = keys.add("read");
    for (let second = 0; second < 180; second += 1) {
      await call(key);
      now += 1_000;
    }
    expect(keys.notes).toHaveLength(3);
  });

  it("is not written for a call that is refused", async () => {
    await codeOf(call(keys.add("read"), "admin"));
    await codeOf(call(keyText(9)));
    expect(keys.notes).toEqual([]);
  });

  it("fails no call", async () => {
    const key = keys.add("read");
    await call(key);
    now += 61_000;
    const lost = createAuthorise({
      keys: { find: keys.find, noteUse: () => Promise.reject(new Error("away")) },
      ...{ digest: sha256, anonymous: null, log: pino({ level: "silent" }), now: () => now },
    });
    expect(await codeOf(lost(`Bearer ${key}`, "read"))).toBe("ok");
  });
});

it("each call that is refused is counted, by its door and what was wrong", async () => {
  const telemetry = recordingTelemetry();
  const counting = createAuthorise({
    ...{ keys, digest: sha256, anonymous: null, log: pino({ level: "silent" }), now: () => now },
    rates: new CallRates({ burst: 2, perSecond: 1 }),
    refusals: { door: "http", telemetry },
  });
  const key = keys.add("read");
  const ofDoor = (cause: string) =>
    telemetry.counted("calls_refused_total", { door: "http", cause });
  const causes = ["no-key", "malformed", "unknown", "scope", "rate"];
  await counting(`Bearer ${key}`, "read");
  expect(causes.map(ofDoor)).toEqual([0, 0, 0, 0, 0]);
  for (const text of [undefined, "nonsense", `Bearer ${keyText(9)}`])
    await codeOf(counting(text, "read"));
  await codeOf(counting(`Bearer ${key}`, "admin"));
  await codeOf(counting(`Bearer ${key}`, "read"));
  expect(causes.map(ofDoor)).toEqual([1, 1, 1, 1, 1]);
});

describe("the rate of a key", () => {
  it("is bounded for each key alone, and says when to try again", async () => {
    authorise = open(null, new CallRates({ burst: 2, perSecond: 1 }));
    const [busy, calm] = [keys.add("read"), keys.add("read")];
    expect([await codeOf(call(busy)), await codeOf(call(busy))]).toEqual(["ok", "ok"]);
    const refused = await call(busy).catch((error) => error);
    expect([refused.code, refused.retryAfterMs]).toEqual(["RateLimited", 1_000]);
    expect(await codeOf(call(calm))).toBe("ok");
    now += 1_000;
    expect(await codeOf(call(busy))).toBe("ok");
  });

  it("is not spent by who has the id alone", async () => {
    authorise = open(null, new CallRates({ burst: 1, perSecond: 1 }));
    const key = keys.add("read");
    const guess = `${key.slice(0, -1)}9`;
    for (let n = 0; n < 10; n += 1) expect(await codeOf(call(guess))).toBe("Unauthenticated");
    expect(await codeOf(call(key))).toBe("ok");
  });
});
