import { ProviderError } from "#core/ports/provider.ts";

/** A task size as RunTask takes it: CPU units (1024 = one vCPU) and MiB, both in text. */
export interface FargateSize {
  readonly cpu: string;
  readonly memory: string;
}

const GIB = 1024;

/** [first, last] in steps of `step` MiB, for each CPU size, as Fargate sells them (Linux). */
const SIZES: readonly { cpuUnits: number; first: number; last: number; step: number }[] = [
  { cpuUnits: 256, first: GIB / 2, last: GIB / 2, step: GIB },
  { cpuUnits: 256, first: GIB, last: 2 * GIB, step: GIB },
  { cpuUnits: 512, first: GIB, last: 4 * GIB, step: GIB },
  { cpuUnits: 1024, first: 2 * GIB, last: 8 * GIB, step: GIB },
  { cpuUnits: 2048, first: 4 * GIB, last: 16 * GIB, step: GIB },
  { cpuUnits: 4096, first: 8 * GIB, last: 30 * GIB, step: GIB },
  { cpuUnits: 8192, first: 16 * GIB, last: 60 * GIB, step: 4 * GIB },
  { cpuUnits: 16384, first: 32 * GIB, last: 120 * GIB, step: 8 * GIB },
];

/**
 * The smallest size Fargate sells that has at least this much: least CPU first, then least memory.
 * Throws ProviderError `bad-request` when nothing is large enough.
 */
export function fargateSize(cpuMillis: number, memoryMib: number): FargateSize {
  const cpuUnits = Math.ceil((cpuMillis * 1024) / 1000);
  for (const size of SIZES) {
    if (size.cpuUnits < cpuUnits || size.last < memoryMib) continue;
    const steps = Math.max(0, Math.ceil((memoryMib - size.first) / size.step));
    return { cpu: String(size.cpuUnits), memory: String(size.first + steps * size.step) };
  }
  throw new ProviderError(
    "bad-request",
    `Fargate has no size with ${cpuMillis} CPU millis and ${memoryMib} MiB`,
  );
}
