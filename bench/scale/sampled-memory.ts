import { residentMb } from "../measure/cpu.ts";

const EVERY_MS = 250;

/** Memory of a process over a stretch of work, MB, each the mean of a third of it. */
export interface Memory {
  readonly start: number;
  readonly middle: number;
  readonly end: number;
  readonly most: number;
}

/** Runs `work` and looks at the memory of this process meanwhile. */
export async function sampledMemory<T>(
  pid: number,
  work: () => Promise<T>,
): Promise<{ result: T; memory: Memory }> {
  const samples = [residentMb(pid)];
  const timer = setInterval(() => samples.push(residentMb(pid)), EVERY_MS);
  try {
    const result = await work();
    samples.push(residentMb(pid));
    return { result, memory: memoryOf(samples) };
  } finally {
    clearInterval(timer);
  }
}

function memoryOf(samples: readonly number[]): Memory {
  const third = Math.max(1, Math.floor(samples.length / 3));
  const mean = (part: readonly number[]) => part.reduce((sum, mb) => sum + mb, 0) / part.length;
  return {
    start: mean(samples.slice(0, third)),
    middle: mean(samples.slice(-2 * third, -third)),
    end: mean(samples.slice(-third)),
    most: Math.max(...samples),
  };
}
