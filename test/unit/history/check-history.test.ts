import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkHistory, RULES } from "../../history/check-history.ts";
import type { Entry } from "../../history/entry.ts";
import { Draw } from "../../simulation/draw.ts";
import { MUTATIONS, mutate } from "./mutations.ts";
import { soundHistory, standardHistory } from "./sound-history.ts";

const seeded = (seed: number) => {
  const draw = new Draw(seed);
  return () => draw.fraction();
};

/** Which history: small to print where a property fails. */
const which = fc.record({ seed: fc.nat(), runs: fc.integer({ min: 2, max: 8 }) });
const historyOf = ({ seed, runs }: { seed: number; runs: number }) =>
  soundHistory({ runs, draw: seeded(seed) });
const rulesBroken = (history: readonly Entry[]) => checkHistory(history).map(({ rule }) => rule);
const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("a sound history", () => {
  it("breaks no rule", () => {
    expect(checkHistory(standardHistory())).toEqual([]);
  });

  it("breaks no rule, whatever happened in it", () => {
    fc.assert(
      fc.property(which, (of) => {
        expect(rulesBroken(historyOf(of))).toEqual([]);
      }),
    );
  });

  it("breaks no rule either when its record ends in the middle", () => {
    const cut = fc.property(which, share, (of, at) => {
      const history = historyOf(of);
      const changes = history.filter(({ kind }) => kind === "row");
      const last = changes[Math.floor(at * changes.length)]?.n ?? 0;
      // Rows and witness are read at the end, and the streams are listened to until then.
      const toTheEnd = new Set(["row", "message", "witness"]);
      const known = history.filter(({ n, kind }) => n <= last || toTheEnd.has(kind));
      expect(rulesBroken(known)).toEqual([]);
    });
    fc.assert(cut);
  });

  it("breaks no rule either when its record begins in the middle", () => {
    const begun = fc.property(which, share, (of, at) => {
      const history = historyOf(of);
      const answers = history.filter((one) => one.kind === "answer" && one.submitted.length > 0);
      const first = answers[Math.floor(at * answers.length)]?.n ?? 0;
      expect(rulesBroken(history.filter(({ n }) => n > first))).toEqual([]);
    });
    fc.assert(begun);
  });
});

describe("one lie", () => {
  it.each(MUTATIONS)("is found by name: $name", (mutation) => {
    const history = mutate(standardHistory(), mutation, 0.5);
    expect(history).not.toBeNull();
    const found = checkHistory(history ?? []);
    expect(found.map(({ rule }) => rule)).toContain(mutation.rule);
    const proof = found.find(({ rule }) => rule === mutation.rule);
    expect(proof?.entries.length).toBeGreaterThan(0);
  });

  it("is found in any history, wherever it is told", () => {
    const told = fc.property(which, fc.constantFrom(...MUTATIONS), share, (of, lie, at) => {
      const changed = mutate(historyOf(of), lie, at);
      fc.pre(changed !== null);
      expect(rulesBroken(changed ?? [])).toContain(lie.rule);
    });
    fc.assert(told, { numRuns: 1_000 });
  });

  it("is there for every rule", () => {
    const named = new Set(MUTATIONS.map(({ rule }) => rule));
    expect(RULES.map(({ name }) => name).filter((name) => !named.has(name))).toEqual([]);
  });
});

it("judges a hundred thousand entries in the time of one sort", () => {
  const small = soundHistory({ runs: 100, draw: seeded(1) });
  const large = soundHistory({ runs: 2_000, draw: seeded(2) });
  expect(large.length).toBeGreaterThan(100_000);
  const fastest = (history: typeof large) =>
    Math.min(
      ...[1, 2, 3].map(() => {
        const begin = performance.now();
        expect(checkHistory(history)).toEqual([]);
        return performance.now() - begin;
      }),
    );
  const growth = large.length / small.length;
  expect(fastest(large) / fastest(small)).toBeLessThan(5 * growth);
});
