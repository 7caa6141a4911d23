import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cpuMillisOf,
  formatCpu,
  formatMemory,
  memoryMibOf,
  parseQuantity,
} from "#core/domain/spec/quantity.ts";

const cpu = (text: string): bigint => cpuMillisOf(parseQuantity(text)!);
const memory = (text: string): bigint => memoryMibOf(parseQuantity(text)!);

describe("a quantity", () => {
  it.each([
    ["500m", 500n],
    ["0.5", 500n],
    [".5", 500n],
    ["2", 2000n],
    ["2.", 2000n],
    ["+1", 1000n],
    ["0.1", 100n],
    ["100u", 1n],
    ["1500000n", 2n],
    ["1e-7", 1n],
    ["1k", 1_000_000n],
    ["0", 0n],
    ["-0.5", -500n],
  ])("%s of CPU is %d millicores", (text, millis) => {
    expect(cpu(text)).toBe(millis);
  });

  it.each([
    ["512Mi", 512n],
    ["1Gi", 1024n],
    ["1.5Gi", 1536n],
    ["1M", 1n],
    ["1G", 954n],
    ["1", 1n],
    ["1048576", 1n],
    ["1048577", 2n],
    ["1e9", 954n],
    ["1E", 953_674_316_407n],
    ["1Ei", 1_099_511_627_776n],
  ])("%s of memory is %d MiB", (text, mib) => {
    expect(memory(text)).toBe(mib);
  });

  it.each([
    "",
    ".",
    "1.2.3",
    "Mi",
    "1 Gi",
    "1gi",
    "1K",
    "0x10",
    "1e",
    "1e999",
    "１",
    "1\n",
    "9".repeat(65),
    "NaN",
    "--1",
  ])("%j is none", (text) => {
    expect(parseQuantity(text)).toBeNull();
  });

  it("grows with what is asked for", () => {
    const suffix = fc.constantFrom("", "m", "k", "Mi", "Gi", "G");
    const amount = fc.double({ min: 0, max: 1e6, noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(amount, amount, suffix, (a, b, unit) => {
        const [less, more] = a <= b ? [a, b] : [b, a];
        const text = (value: number): string => `${value.toFixed(6)}${unit}`;
        expect(cpu(text(less)) <= cpu(text(more))).toBe(true);
        expect(memory(text(less)) <= memory(text(more))).toBe(true);
      }),
    );
  });

  it("is never rounded down, and by less than one unit up", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 40 }), (bytes) => {
        const mib = Number(memory(String(bytes)));
        expect(mib * 2 ** 20).toBeGreaterThanOrEqual(bytes);
        expect((mib - 1) * 2 ** 20).toBeLessThan(bytes);
      }),
    );
  });

  it("reads back as it was written", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), (value) => {
        expect(cpu(formatCpu(value))).toBe(BigInt(value));
        expect(memory(formatMemory(value))).toBe(BigInt(value));
      }),
    );
  });
});
