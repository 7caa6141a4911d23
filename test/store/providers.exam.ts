import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { limits } from "#core/domain/limits.ts";
import type { NewProvider } from "#core/ports/provider-records.ts";
import type { StoreFixture } from "../support/store-fixture.ts";
import { exam, unchanged } from "./exam.ts";

const aProvider = (change: Partial<NewProvider> = {}): NewProvider => ({
  ...{ id: randomUUID(), name: "lab", kind: "docker", status: "Active", priority: 0 },
  ...{ maxWorkers: 10, document: { tags: ["a"], nested: { n: 1 } } },
  ...change,
});
const namesOf = async (at: StoreFixture) => (await at.providers.all()).map(({ name }) => name);
async function ownOf(at: StoreFixture) {
  const own = (await at.providers.all()).find(({ ofInstall }) => ofInstall);
  if (!own) throw new Error("the install has no provider of its own");
  return own;
}

export const providers = exam({
  "the install's own provider is there from the beginning, and counts its machines": async (at) => {
    expect(await at.providers.all()).toMatchObject([
      { name: "ecs", kind: "fargate", status: "Active", ofInstall: true, activeWorkers: 0 },
    ]);
    const { workerId } = await at.running();
    await at.tables.write("update hodei.worker set provider = 'ecs' where id = $1", [workerId]);
    expect((await ownOf(at)).activeWorkers).toBe(1);
    await at.tables.plant(
      "update hodei.worker set phase = 'Terminated', run_id = null, run_fence = null, terminated_at = hodei.clock() where id = $1",
      [workerId],
    );
    expect((await ownOf(at)).activeWorkers).toBe(0);
  },

  "a registered provider is kept as it was said, in order of priority and name": async (at) => {
    const one = aProvider({ priority: 5 });
    expect(await at.providers.insert(one, null)).toBe(true);
    expect(await at.providers.insert(aProvider({ name: "zoo" }), null)).toBe(true);
    expect(await at.providers.insert(aProvider({ name: "barn" }), null)).toBe(true);
    expect(await namesOf(at)).toEqual(["lab", "barn", "ecs", "zoo"]);
    const now = Math.floor(await at.tables.now());
    expect((await at.providers.all())[0]).toEqual({
      ...one,
      ...{ ofInstall: false, activeWorkers: 0, createdAt: now, updatedAt: now },
    });
  },

  "a taken name, and one more than there may be, are refused and change nothing": async (at) => {
    await at.providers.insert(aProvider(), null);
    expect(await unchanged(at, () => at.providers.insert(aProvider(), null))).toBe(false);
    for (let n = 2; n < limits.providersMax; n += 1)
      await at.providers.insert(aProvider({ name: `lab ${n}` }), null);
    expect(await namesOf(at)).toHaveLength(limits.providersMax);
    const oneMore = aProvider({ name: "one more" });
    expect(await unchanged(at, () => at.providers.insert(oneMore, null))).toBe(false);
  },

  "an update replaces the settings, of the install's own all but name and number": async (at) => {
    const one = aProvider();
    await at.providers.insert(one, null);
    await at.tables.advance(1_000);
    const settings = { name: "new", status: "Degraded", priority: 1, maxWorkers: 3 } as const;
    expect(await at.providers.update(one.id, { ...settings, document: {} }, null)).toBe("updated");
    const changed = (await at.providers.all()).find(({ id }) => id === one.id);
    expect(changed).toMatchObject({ ...settings, document: {}, kind: "docker" });
    expect((changed?.updatedAt ?? 0) - (changed?.createdAt ?? 0)).toBe(1_000);
    const own = await ownOf(at);
    expect(await at.providers.update(own.id, { ...settings, document: {} }, null)).toBe("updated");
    expect(await ownOf(at)).toMatchObject({
      ...{ name: "ecs", maxWorkers: own.maxWorkers, status: "Degraded", priority: 1 },
    });
  },

  "an update to a taken name, or of nobody, changes nothing": async (at) => {
    const one = aProvider();
    await at.providers.insert(one, null);
    const update = (id: string, name: string) =>
      unchanged(at, () => at.providers.update(id, { ...one, name }, null));
    expect(await update(one.id, "ecs")).toBe("name-taken");
    expect(await update(randomUUID(), "free")).toBe("not-found");
  },

  "a status is set, twice as once, and nobody's is not": async (at) => {
    const { id } = await ownOf(at);
    await at.tables.advance(1_000);
    expect(await at.providers.setStatus(id, "Disabled", null)).toBe(true);
    expect((await at.store.control()).launching).toBe(false);
    await at.tables.advance(1_000);
    expect(await unchanged(at, () => at.providers.setStatus(id, "Disabled", null))).toBe(true);
    expect(await at.providers.setStatus(id, "Active", null)).toBe(true);
    expect((await at.store.control()).launching).toBe(true);
    expect(await at.providers.setStatus(randomUUID(), "Disabled", null)).toBe(false);
  },

  "only the status of the install's own provider stops launches": async (at) => {
    await at.providers.insert(aProvider({ status: "Disabled" }), null);
    expect((await at.store.control()).launching).toBe(true);
  },

  "a provider is forgotten, the install's own is not": async (at) => {
    const one = aProvider();
    await at.providers.insert(one, null);
    await at.providers.remove(one.id, null);
    expect(await namesOf(at)).toEqual(["ecs"]);
    const { id } = await ownOf(at);
    await unchanged(at, () => at.providers.remove(id, null));
    await unchanged(at, () => at.providers.remove(one.id, null));
  },
});
