import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { bounds, type Row } from "../row.ts";
import type { Scene } from "../scene.ts";
import type { Stand } from "../stand.ts";

const of = "Callers";
const PAIRS = 6;

/** Cancels each run in the moment in which it ends by itself. */
async function cancelRaces(stand: Stand, scene: Scene): Promise<number> {
  const phases = ["Succeeded", "Cancelled"] as const;
  const from = Date.now();
  await Promise.all(
    Array.from({ length: PAIRS }, async (_, n) => {
      const either = { phase: phases, attempts: [1] };
      const id = await scene.submit({ shell: `sleep 0.${n + 1}` }, either);
      await scene.untilRunning(id);
      await stand.api.cancel(id, "race").catch(() => {}); // it was final already, and says so
    }),
  );
  return from;
}

export const callerRows: readonly Row[] = [
  {
    of,
    name: "a client repeats a submit",
    injected: "one submit ten times at once with one key, some answers cut off after the commit",
    holds: "one run, and the same answer to all",
    bound: bounds.restart,
    ...{ repetitions: 3, short: true },
    inject: async (stand, scene) => {
      const from = Date.now();
      const key = randomUUID();
      stand.dataApi.faults.cutAfterCommit(3);
      const submit = () => scene.submit({ command: ["true"] }, undefined, key);
      const ids = await Promise.all(Array.from({ length: 10 }, submit));
      stand.dataApi.faults.clear();
      expect(new Set(ids).size).toBe(1);
      return from;
    },
  },
  {
    of,
    name: "cancel races completion",
    injected: `${PAIRS} runs are cancelled about when they end by themselves`,
    holds: "the first commit wins and is never undone",
    bound: bounds.restart,
    ...{ repetitions: 3, short: true },
    inject: cancelRaces,
  },
];
