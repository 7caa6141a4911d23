import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Toleration } from "#core/domain/spec/run-spec.ts";
import { chooseProfile, fits, misfits, tolerates, waste } from "#core/domain/worker/fit.ts";
import type { Taint } from "#core/domain/worker/profile.ts";
import { makeOffer, makePlacement, makeProfile } from "./make.ts";

const taint = (key: string, value: string): Taint => ({ key, value, effect: "NoSchedule" });
const toleration = (given: Partial<Toleration>): Toleration => ({
  key: "",
  operator: "Equal",
  value: "",
  effect: "",
  ...given,
});

describe("tolerations, as Kubernetes reads them", () => {
  it.each([
    ["same key and value", { key: "gpu", value: "a100" }, true],
    ["same key, other value", { key: "gpu", value: "t4" }, false],
    ["same key, no value", { key: "gpu" }, false],
    ["other key, same value", { key: "disk", value: "a100" }, false],
    ["Exists ignores the value", { key: "gpu", operator: "Exists", value: "t4" }, true],
    ["Exists of another key", { key: "disk", operator: "Exists" }, false],
    ["Exists without a key tolerates everything", { operator: "Exists" }, true],
    ["Equal without a key tolerates nothing", { value: "a100" }, false],
    ["the same effect", { key: "gpu", value: "a100", effect: "NoSchedule" }, true],
    ["keys are compared by case", { key: "GPU", value: "a100" }, false],
  ] satisfies [string, Partial<Toleration>, boolean][])("%s", (_name, given, expected) => {
    expect(tolerates(toleration(given), taint("gpu", "a100"))).toBe(expected);
  });

  it("of another effect do not count", () => {
    const other = { ...toleration({ operator: "Exists" }), effect: "NoExecute" } as unknown;
    expect(tolerates(other as Toleration, taint("gpu", "a100"))).toBe(false);
  });

  it("an empty value equals an empty taint value", () => {
    expect(tolerates(toleration({ key: "gpu" }), taint("gpu", ""))).toBe(true);
  });
});

describe("a run fits a worker", () => {
  it("of exactly its size", () => {
    const placement = makePlacement({ cpuMillis: 1000, memoryMib: 2048 });
    expect(misfits(placement, makeOffer({ cpuMillis: 1000, memoryMib: 2048 }))).toEqual([]);
  });

  it("only when every taint is tolerated", () => {
    const offer = makeOffer({ taints: [taint("gpu", "a100"), taint("team", "red")] });
    const tolerant = (...tolerations: Toleration[]) => makePlacement({ tolerations });
    const gpu = toleration({ key: "gpu", operator: "Exists" });
    expect(fits(tolerant(gpu), offer)).toBe(false);
    expect(fits(tolerant(gpu, toleration({ key: "team", value: "red" })), offer)).toBe(true);
    expect(fits(tolerant(toleration({ operator: "Exists" })), offer)).toBe(true);
  });

  it("tolerations are no demand: an untainted worker does as well", () => {
    const tolerations = [toleration({ key: "gpu", value: "a100" })];
    expect(fits(makePlacement({ tolerations }), makeOffer())).toBe(true);
  });

  it("only when every selected label is there, and further labels are no matter", () => {
    const placement = makePlacement({ nodeSelector: { zone: "a", disk: "ssd" } });
    expect(fits(placement, makeOffer({ labels: { zone: "a", disk: "ssd", os: "linux" } }))).toBe(
      true,
    );
    expect(fits(placement, makeOffer({ labels: { zone: "a" } }))).toBe(false);
    expect(fits(placement, makeOffer({ labels: { zone: "b", disk: "ssd" } }))).toBe(false);
  });

  it("and when it does not, every reason is told at once", () => {
    const placement = makePlacement({
      cpuMillis: 2000,
      memoryMib: 4096,
      nodeSelector: { zone: "a", disk: "ssd" },
    });
    const offer = makeOffer({ labels: { disk: "hdd" }, taints: [taint("gpu", "a100")] });
    expect(misfits(placement, offer)).toEqual([
      "needs 2000m cpu, has 1000m",
      "needs 4096Mi memory, has 2048Mi",
      "needs label zone=a, has none",
      "needs label disk=ssd, has hdd",
      "does not tolerate taint gpu=a100",
    ]);
  });

  it("an inherited property is no label", () => {
    const placement = makePlacement({ nodeSelector: { constructor: "x" } });
    expect(fits(placement, makeOffer())).toBe(false);
  });
});

describe("the profile of a run", () => {
  const sizes = fc.record({
    cpuMillis: fc.integer({ min: 1, max: 4000 }),
    memoryMib: fc.integer({ min: 1, max: 8192 }),
  });
  const profiles = fc
    .array(sizes, { maxLength: 6 })
    .map((given) => given.map((size, at) => makeProfile({ name: `p${at}`, ...size })));

  it("is the smallest that fits", () => {
    const small = makeProfile({ name: "small", cpuMillis: 1000, memoryMib: 2048 });
    const large = makeProfile({ name: "large", cpuMillis: 4000, memoryMib: 8192 });
    expect(chooseProfile(makePlacement(), [large, small])?.name).toBe("small");
    expect(chooseProfile(makePlacement({ cpuMillis: 1001 }), [small, large])?.name).toBe("large");
    expect(chooseProfile(makePlacement({ cpuMillis: 4001 }), [small, large])).toBeNull();
    expect(chooseProfile(makePlacement(), [])).toBeNull();
  });

  it("fits, wastes least of all that fit, and is null only when none fits", () => {
    fc.assert(
      fc.property(profiles, sizes, (offered, size) => {
        const placement = makePlacement(size);
        const chosen = chooseProfile(placement, offered);
        const fitting = offered.filter((profile) => fits(placement, profile));
        expect(chosen === null).toBe(fitting.length === 0);
        if (chosen === null) return;
        expect(fitting).toContain(chosen);
        for (const other of fitting)
          expect(waste(placement, chosen)).toBeLessThanOrEqual(waste(placement, other));
      }),
    );
  });

  it("does not depend on anything but its arguments, and leaves them alone", () => {
    const offered = Object.freeze([
      makeProfile({ name: "b", cpuMillis: 4000 }),
      makeProfile({ name: "a", cpuMillis: 2000 }),
    ]);
    expect(chooseProfile(makePlacement(), offered)?.name).toBe("a");
    expect(offered.map(({ name }) => name)).toEqual(["b", "a"]);
  });
});
