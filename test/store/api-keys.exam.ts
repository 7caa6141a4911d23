import { expect } from "vitest";
import { limits } from "#core/domain/limits.ts";
import type { NewApiKey } from "#core/ports/api-keys.ts";
import { aKey } from "../support/factories.ts";
import type { StoreFixture } from "../support/store-fixture.ts";
import { exam, refused, unchanged } from "./exam.ts";

const MINUTE_MS = 60_000;
const DAY_SECONDS = 24 * 3600;

const nth = (number: number, own: Partial<NewApiKey> = {}): NewApiKey =>
  aKey({
    id: number.toString(16).padStart(16, "0"),
    name: `key ${number}`,
    keySha256: number.toString(16).padStart(64, "0"),
    ...own,
  });

const asList = async <T>(one: Promise<T | null>): Promise<T[]> =>
  [await one].filter((x) => x !== null);
const lastUse = async (at: StoreFixture, id: string) =>
  (await at.tables.rows("select last_used_at from hodei.api_key where id = $1", [id]))[0]
    ?.last_used_at;

export const apiKeys = exam({
  "a key is stored with what it is good for, and never its text": async (at) => {
    const now = await at.tables.now();
    const key = nth(1, { scope: "admin", createdBy: "ana", lifetimeSeconds: DAY_SECONDS });
    const { keySha256, lifetimeSeconds, ...said } = key;
    const view = {
      ...{ ...said, createdAt: now, expiresAt: now + DAY_SECONDS * 1000 },
      ...{ lastUsedAt: null, revokedAt: null },
    };
    expect(await at.keys.create(key)).toEqual(view);
    expect(await at.keys.list(10)).toEqual([view]);
    expect(await at.keys.find(key.id)).toEqual({
      ...{ id: key.id, name: key.name, scope: "admin", keySha256 },
      ...{ revoked: false, expiresInMs: DAY_SECONDS * 1000, usedAgoMs: null },
    });
    await at.tables.advance(DAY_SECONDS * 1000 + 5);
    expect(await at.keys.find(key.id)).toMatchObject({ expiresInMs: -5 });
  },

  "the same key sent twice is stored once": async (at) => {
    const first = await at.keys.create(nth(1));
    await at.tables.advance(MINUTE_MS);
    const again = await unchanged(at, () => at.keys.create(nth(1)));
    expect(again).toEqual(first);
  },

  "refused: an id that another key has": async (at) => {
    await at.keys.create(nth(1));
    const other = nth(2, { id: nth(1).id });
    await refused(at, () => asList(at.keys.create(other)));
  },

  "keys are listed the newest first, up to a limit, revoked and expired ones too": async (at) => {
    await at.keys.create(nth(1, { lifetimeSeconds: 1 }));
    await at.tables.advance(2_000);
    await at.keys.create(nth(2));
    await at.keys.revoke(nth(2).id, null);
    await at.tables.advance(1);
    await at.keys.create(nth(3));
    const names = async (limit: number) => (await at.keys.list(limit)).map(({ name }) => name);
    expect(await names(10)).toEqual(["key 3", "key 2", "key 1"]);
    expect(await names(2)).toEqual(["key 3", "key 2"]);
  },

  "a key is revoked once; again it stays as it was, and no other key is": async (at) => {
    const [mine, other] = [nth(1), nth(2)];
    for (const key of [mine, other]) await at.keys.create(key);
    const now = await at.tables.now();
    expect(await at.keys.revoke(mine.id, null)).toMatchObject({ id: mine.id, revokedAt: now });
    await at.tables.advance(MINUTE_MS);
    expect(await unchanged(at, () => at.keys.revoke(mine.id, null))).toMatchObject({
      revokedAt: now,
    });
    expect(await at.keys.find(mine.id)).toMatchObject({ revoked: true });
    expect(await at.keys.find(other.id)).toMatchObject({ revoked: false });
  },

  "nobody is found, and nothing revoked, under an id that no key has": async (at) => {
    await at.keys.create(nth(1));
    const { id } = nth(2);
    expect(await at.keys.find(id)).toBeNull();
    await refused(at, () => asList(at.keys.revoke(id, null)));
  },

  "a use is noted once a minute": async (at) => {
    const [{ id }, other] = [nth(1), nth(2)];
    for (const key of [nth(1), other]) await at.keys.create(key);
    await at.keys.noteUse(id, MINUTE_MS);
    const first = await lastUse(at, id);
    expect(first).not.toBeNull();
    expect(await lastUse(at, other.id)).toBeNull();
    await at.tables.advance(MINUTE_MS - 1_000);
    await unchanged(at, () => at.keys.noteUse(id, MINUTE_MS));
    expect(await at.keys.find(id)).toMatchObject({ usedAgoMs: MINUTE_MS - 1_000 });
    await at.tables.advance(1_000);
    await at.keys.noteUse(id, MINUTE_MS);
    expect(await at.keys.find(id)).toMatchObject({ usedAgoMs: 0 });
  },

  "keys that were revoked or expired long ago are swept, others never": async (at) => {
    for (const key of [nth(1), nth(2, { lifetimeSeconds: 60 }), nth(3)]) await at.keys.create(key);
    await at.keys.create(nth(4, { lifetimeSeconds: limits.apiKeyLifetimeSecondsMax }));
    await at.keys.revoke(nth(1).id, null);
    const left = async () => (await at.keys.list(10)).map(({ name }) => name).sort();
    await at.tables.advance(limits.apiKeyRetentionMs - 1_000);
    expect(await unchanged(at, () => at.store.deleteExpired())).toMatchObject({ keys: 0 });
    await at.tables.advance(1_000);
    expect(await at.store.deleteExpired()).toMatchObject({ keys: 1 });
    expect(await left()).toEqual(["key 2", "key 3", "key 4"]);
    await at.tables.advance(MINUTE_MS);
    expect(await at.store.deleteExpired()).toMatchObject({ keys: 1 });
    expect(await left()).toEqual(["key 3", "key 4"]);
  },

  "refused: the use of a revoked key": async (at) => {
    const { id } = nth(1);
    await at.keys.create(nth(1));
    await at.keys.revoke(id, null);
    await unchanged(at, () => at.keys.noteUse(id, MINUTE_MS));
  },
});

export const keyRaces = exam({
  "a use waits for the revoke of its key: it is not noted": async (at) => {
    const { id } = nth(1);
    await at.keys.create(nth(1));
    const { waited } = await at.raceKeys(
      (keys) => keys.revoke(id, null),
      (keys) => keys.noteUse(id, MINUTE_MS),
    );
    expect(waited).toBe(true);
    expect(await lastUse(at, id)).toBeNull();
  },
  "a revoke waits for a use: the key is revoked": async (at) => {
    const { id } = nth(1);
    await at.keys.create(nth(1));
    const raced = await at.raceKeys(
      (keys) => keys.noteUse(id, MINUTE_MS),
      (keys) => keys.revoke(id, null),
    );
    expect(raced).toMatchObject({ waited: true, second: { id } });
    expect(await at.keys.find(id)).toMatchObject({ revoked: true, usedAgoMs: 0 });
  },
  "two uses at once are noted once": async (at) => {
    const { id } = nth(1);
    await at.keys.create(nth(1));
    const note = (keys: StoreFixture["keys"]) => keys.noteUse(id, MINUTE_MS);
    expect(await at.raceKeys(note, note)).toMatchObject({ waited: true });
    expect(await at.keys.find(id)).toMatchObject({ usedAgoMs: 0 });
  },
  "the same key twice at once is stored once; another under its id is refused": async (at) => {
    const same = await at.raceKeys(
      (keys) => keys.create(nth(1)),
      (keys) => keys.create(nth(1)),
    );
    expect(same).toMatchObject({
      waited: true,
      first: { name: "key 1" },
      second: { name: "key 1" },
    });
    const other = await at.raceKeys(
      (keys) => keys.create(nth(2)),
      (keys) => keys.create(nth(3, { id: nth(2).id })),
    );
    expect(other).toMatchObject({ waited: true, first: { name: "key 2" }, second: null });
    expect(await at.keys.list(10)).toHaveLength(2);
  },
});
