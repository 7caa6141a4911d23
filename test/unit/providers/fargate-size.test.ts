import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fargateSize } from "#adapters/providers/ecs/fargate-size.ts";

describe("fargateSize", () => {
  test.each([
    [250, 512, "256", "512"],
    [1, 1, "256", "512"],
    [250, 513, "256", "1024"],
    [250, 2048, "256", "2048"],
    [250, 2049, "512", "3072"],
    [251, 512, "512", "1024"],
    [500, 4096, "512", "4096"],
    [1000, 512, "1024", "2048"],
    [1000, 8193, "2048", "9216"],
    [2000, 16384, "2048", "16384"],
    [4000, 30720, "4096", "30720"],
    [4000, 30721, "8192", "32768"],
    [8000, 61440, "8192", "61440"],
    [16000, 32769, "16384", "40960"],
    [16000, 122880, "16384", "122880"],
  ])("%i millis and %i MiB are sold as %s / %s", (cpuMillis, memoryMib, cpu, memory) => {
    expect(fargateSize(cpuMillis, memoryMib)).toEqual({ cpu, memory });
  });

  test.each([
    [16001, 512],
    [250, 122881],
  ])("nothing has %i millis and %i MiB", (cpuMillis, memoryMib) => {
    expect(() => fargateSize(cpuMillis, memoryMib)).toThrow(
      expect.objectContaining({ kind: "bad-request" }),
    );
  });

  test("never gives less than was asked", () => {
    const cpu = fc.integer({ min: 1, max: 16_000 });
    const memory = fc.integer({ min: 1, max: 122_880 });
    fc.assert(
      fc.property(cpu, memory, (cpuMillis, memoryMib) => {
        const size = fargateSize(cpuMillis, memoryMib);
        expect((Number(size.cpu) / 1024) * 1000).toBeGreaterThanOrEqual(cpuMillis);
        expect(Number(size.memory)).toBeGreaterThanOrEqual(memoryMib);
      }),
    );
  });
});
