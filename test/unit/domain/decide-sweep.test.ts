import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limits } from "#core/domain/limits.ts";
import { decideSweep, type SweptMachine } from "#core/domain/reconcile/decide-sweep.ts";
import { WORKER_PHASES } from "#core/domain/worker/phase.ts";

const OLD = limits.unknownMachineAgeMs;
const machine = (externalId: string, given: Partial<SweptMachine> = {}): SweptMachine => ({
  externalId,
  workerId: `worker-of-${externalId}`,
  ageMs: OLD,
  row: { phase: "Ready", externalId },
  ...given,
});
const stranger = (externalId: string, ageMs = OLD) => machine(externalId, { row: null, ageMs });
const many = (count: number, make: (id: string) => SweptMachine, prefix = "m") =>
  Array.from({ length: count }, (_, i) => make(`${prefix}${i}`));
const idsOf = (machines: readonly SweptMachine[]) => machines.map(({ externalId }) => externalId);

describe("the sweep of machines", () => {
  it("leaves the machines of living rows alone", () => {
    expect(decideSweep(many(3, (id) => machine(id)))).toEqual({
      stop: [],
      adopt: [],
      breaker: false,
    });
  });

  it("stops a machine that no row knows, once it is old enough", () => {
    expect(idsOf(decideSweep([stranger("a", OLD - 1), stranger("b")]).stop)).toEqual(["b"]);
    expect(idsOf(decideSweep([machine("c", { row: null, workerId: null })]).stop)).toEqual(["c"]);
  });

  it("stops a machine whose row is over, and the second machine of one row", () => {
    const over = machine("over", { row: { phase: "Terminated", externalId: "over" }, ageMs: 0 });
    const second = machine("second", { row: { phase: "Ready", externalId: "first" }, ageMs: 0 });
    expect(idsOf(decideSweep([over, second]).stop)).toEqual(["over", "second"]);
  });

  it("tells a living row the machine it does not know of, and stops none of those", () => {
    const lost = machine("lost", { row: { phase: "Creating", externalId: null } });
    const gone = machine("gone", { row: { phase: "Terminated", externalId: null } });
    const plan = decideSweep([lost, gone]);
    expect(idsOf(plan.adopt)).toEqual(["lost"]);
    expect(idsOf(plan.stop)).toEqual(["gone"]);
  });
});

describe("the mass-kill breaker", () => {
  const known = (count: number) => many(count, (id) => machine(id), "known");

  it.each([
    [limits.massKillFloor, 0, false],
    [limits.massKillFloor + 1, 0, true],
    [20, 80, false], // exactly 20 % of all machines
    [21, 79, true],
  ])("%i strangers among %i known ones: %s", (strangers, knowns, breaker) => {
    const plan = decideSweep([...many(strangers, (id) => stranger(id)), ...known(knowns)]);
    expect(plan.breaker).toBe(breaker);
    expect(plan.stop).toHaveLength(breaker ? 0 : strangers);
  });

  it("counts only those that would be stopped", () => {
    const young = many(50, (id) => stranger(id, 0));
    expect(decideSweep([...young, stranger("old")])).toMatchObject({ breaker: false });
  });

  it("does not save the machines of rows that are over: those rows are known", () => {
    const over = machine("over", { row: { phase: "Terminated", externalId: "over" } });
    const plan = decideSweep([...many(6, (id) => stranger(id)), over]);
    expect(plan.breaker).toBe(true);
    expect(idsOf(plan.stop)).toEqual(["over"]);
  });

  it("for any machines: never stops and adopts the same one, nor the one machine of a living row", () => {
    const machines = fc.array(
      fc.record({
        externalId: fc.constantFrom("a", "b", "c", "d", "e", "f"),
        workerId: fc.constantFrom(null, "w1", "w2"),
        ageMs: fc.integer({ min: 0, max: 2 * OLD }),
        row: fc.option(
          fc.record({
            phase: fc.constantFrom(...WORKER_PHASES),
            externalId: fc.constantFrom(null, "a", "b"),
          }),
        ),
      }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(machines, (seen) => {
        const { stop, adopt, breaker } = decideSweep(seen);
        expect(stop.filter((one) => adopt.includes(one))).toEqual([]);
        for (const { row, externalId } of stop)
          if (row !== null && row.phase !== "Terminated")
            expect(row.externalId).not.toBe(externalId);
        const strangers = stop.filter(({ row }) => row === null);
        expect(strangers.length).toBeLessThanOrEqual(
          Math.max(limits.massKillFloor, limits.massKillShare * seen.length),
        );
        if (breaker) expect(strangers).toEqual([]);
      }),
    );
  });
});
