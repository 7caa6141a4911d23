import { expect, it } from "vitest";
import { type CoreTimes, MachineUsage } from "../../../worker/machine-usage.ts";

it("cores are busy as much as their time says, since the look before", () => {
  const looks: CoreTimes[] = [
    { busyMs: 1_000, totalMs: 10_000, cores: 4 },
    { busyMs: 1_500, totalMs: 14_000, cores: 4 },
    { busyMs: 5_500, totalMs: 18_000, cores: 4 },
    { busyMs: 5_500, totalMs: 18_000, cores: 4 }, // at once again
    { busyMs: 6_500, totalMs: 22_000, cores: 4 },
  ];
  const usage = new MachineUsage(() => looks.shift()!);
  expect(usage.look().cpuCores).toBe(0.5);
  expect(usage.look().cpuCores).toBe(4);
  expect(usage.look().cpuCores).toBe(0);
  expect(usage.look().cpuCores).toBe(1);
});

it("of this machine it says something that can be", () => {
  const { cpuCores, memoryBytes } = new MachineUsage().look();
  expect(cpuCores).toBeGreaterThanOrEqual(0);
  expect(memoryBytes).toBeGreaterThan(0);
});
