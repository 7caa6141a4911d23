import { cpus, totalmem } from "node:os";

/** Since the machine started, summed over its cores. */
export interface CoreTimes {
  readonly busyMs: number;
  readonly totalMs: number;
  readonly cores: number;
}

export interface Usage {
  /** Cores that were busy since the look before. */
  readonly cpuCores: number;
  readonly memoryBytes: number;
}

/** What this machine has in use; a look at a time, of one looker. */
export class MachineUsage {
  readonly #times: () => CoreTimes;
  #before: CoreTimes;

  constructor(times: () => CoreTimes = coreTimes) {
    this.#times = times;
    this.#before = times();
  }

  look(): Usage {
    const [before, now] = [this.#before, this.#times()];
    const passedMs = now.totalMs - before.totalMs;
    if (passedMs > 0) this.#before = now;
    const busyMs = Math.max(0, now.busyMs - before.busyMs);
    return {
      cpuCores: passedMs > 0 ? (now.cores * busyMs) / passedMs : 0,
      memoryBytes: memoryTotal() - Math.min(process.availableMemory(), memoryTotal()),
    };
  }
}

/** What this process may have: less than the machine has where its group is bounded. */
export function memoryTotal(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

function coreTimes(): CoreTimes {
  const cores = cpus();
  let [busyMs, idleMs] = [0, 0];
  for (const { times } of cores) {
    busyMs += times.user + times.nice + times.sys + times.irq;
    idleMs += times.idle;
  }
  return { busyMs, totalMs: busyMs + idleMs, cores: cores.length };
}
