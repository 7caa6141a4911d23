import { setTimeout as pause } from "node:timers/promises";
import { machineMs } from "../measure/clock.ts";

/** Open submits beyond which an open loop waits: the system is saturated long before. */
const OPEN_MAX = 2_000;
const STEP_MS = 1;

export interface Load {
  readonly submitted: number;
  readonly elapsedMs: number;
}

/** Callers that each submit again as soon as they were answered. */
export async function closedLoop(
  submit: () => Promise<void>,
  { callers, durationMs }: { callers: number; durationMs: number },
): Promise<Load> {
  const begin = machineMs();
  let submitted = 0;
  const caller = async () => {
    while (machineMs() - begin < durationMs) {
      await submit();
      submitted += 1;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return { submitted, elapsedMs: machineMs() - begin };
}

/**
 * Submits at a fixed rate whatever the answers do, as many independent clients would. A submit that
 * fails (a saturated system answers too late) is not counted.
 */
export async function openLoop(
  submit: () => Promise<void>,
  { perSecond, durationMs }: { perSecond: number; durationMs: number },
): Promise<Load> {
  const begin = machineMs();
  const open = new Set<Promise<void>>();
  let submitted = 0;
  let failed = 0;
  const count = () => {
    failed += 1;
  };
  for (let now = 0; now < durationMs; now = machineMs() - begin) {
    const due = Math.min(Math.floor((now * perSecond) / 1000), submitted + OPEN_MAX - open.size);
    for (; submitted < due; submitted += 1) {
      const one: Promise<void> = submit()
        .catch(count)
        .finally(() => open.delete(one));
      open.add(one);
    }
    await pause(STEP_MS);
  }
  await Promise.all(open);
  return { submitted: submitted - failed, elapsedMs: machineMs() - begin };
}
