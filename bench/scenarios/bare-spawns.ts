import { startForkLoop } from "../bare/fork-loop.ts";
import type { Spawner } from "../bare/spawner.ts";
import { machineMs } from "../measure/clock.ts";
import { cpuMs } from "../measure/cpu.ts";
import { startChild } from "../stand/child.ts";

const WARM_UP_MS = 500;

export interface Spawned {
  readonly jobs: number;
  readonly perSecond: number;
  /** Of the processes that start and of those that are started. */
  readonly cpuMs: number;
}

/** Node processes that start a program, each one after the other: workers without a platform. */
export async function nodeSpawns(
  program: string,
  processes: number,
  durationMs: number,
): Promise<Spawned> {
  const children = await Promise.all(
    Array.from({ length: processes }, () => startChild<Spawner>("bare/spawner.ts")),
  );
  const all = (ms: number) =>
    Promise.all(children.map(({ call }) => call.run(program, ms))).then((done) =>
      done.reduce((sum, one) => sum + one, 0),
    );
  const pids = children.map(({ pid }) => pid);
  try {
    await all(WARM_UP_MS);
    const before = { cpu: cpuMs(pids), atMs: machineMs() };
    const jobs = await all(durationMs);
    const elapsedMs = machineMs() - before.atMs;
    return { jobs, perSecond: (jobs * 1000) / elapsedMs, cpuMs: cpuMs(pids) - before.cpu };
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
}

/** The same by shells: what fork and exec cost without Node. */
export async function shellForks(
  program: string,
  processes: number,
  jobsEach: number,
): Promise<Spawned> {
  const before = { cpu: cpuMs([process.pid]), atMs: machineMs() };
  const loops = Array.from({ length: processes }, () => startForkLoop(program, jobsEach));
  await Promise.all(loops.map(({ ended }) => ended));
  const jobs = processes * jobsEach;
  const elapsedMs = machineMs() - before.atMs;
  // They ended and were waited for by this process, so they count as its own.
  const used = cpuMs([process.pid]) - before.cpu;
  return { jobs, perSecond: (jobs * 1000) / elapsedMs, cpuMs: used };
}
