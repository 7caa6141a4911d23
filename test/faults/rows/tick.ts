import { expect } from "vitest";
import { until } from "../../support/until.ts";
import { kill } from "../kill.ts";
import { bounds, type Row } from "../row.ts";
import { passed, type Scene } from "../scene.ts";
import type { Stand } from "../stand.ts";

const of = "Tick and functions";

const OWN_MACHINE = { command: ["true"], dedicatedWorker: true };

/** Every machine of the provider belongs to one row, and every row has one at most. */
export async function expectOneMachineEach(stand: Stand): Promise<void> {
  const [row] = await stand.rows<{ workers: number; machines: number }>(
    `select count(*)::int as workers, count(distinct external_id)::int as machines
     from hodei.worker where external_id is not null`,
  );
  expect(row?.machines).toBe(row?.workers);
}

async function killWhileItLaunches(stand: Stand, scene: Scene): Promise<number> {
  const from = Date.now();
  for (const waitMs of [0, 40, 80, 160]) {
    await scene.submit(OWN_MACHINE);
    stand.tick();
    await passed(waitMs);
    const { pid } = stand.functions;
    kill(pid);
    await until("the functions are back", async () => {
      const isNew = stand.functions.pid !== pid;
      return isNew && (await fetch(`${stand.url}/healthz`)).ok;
    });
  }
  return from;
}

export const tickRows: readonly Row[] = [
  {
    of,
    name: "functions killed",
    injected: "SIGKILL of API, tick and consumers while three runs run",
    holds: "runs do not notice; the next tick does what was left",
    bound: bounds.restart,
    repetitions: 5,
    inject: async (stand, scene) => {
      await scene.start(3);
      kill(stand.functions.pid);
      return Date.now();
    },
  },
  {
    of,
    name: "tick killed in the middle",
    injected: "SIGKILL 0, 40, 80 and 160 ms after the start of a pass that makes machines",
    holds:
      "one machine for each worker row, none placed twice; a launch that a killed pass had begun is repeated after 30 s",
    bound: bounds.launch,
    repetitions: 2,
    inject: killWhileItLaunches,
    check: expectOneMachineEach,
  },
  {
    of,
    name: "tick run many times at once",
    injected: "eight passes at once, while machines must be made for three runs",
    holds: "no second machine and no second placement",
    bound: bounds.machine,
    repetitions: 3,
    inject: async (stand, scene) => {
      const from = Date.now();
      const submits = [1, 2, 3].map(() => scene.submit(OWN_MACHINE));
      for (let n = 0; n < 8; n++) stand.tick();
      await Promise.all(submits);
      for (let n = 0; n < 8; n++) stand.tick();
      return from;
    },
    check: expectOneMachineEach,
  },
  {
    of,
    name: "tick late",
    injected: "SIGSTOP of all functions for 10 s while runs run and one ends; counted from SIGCONT",
    holds: "warm workers take runs without them; the late pass does what was left",
    bound: bounds.restart,
    repetitions: 2,
    inject: async (stand, scene) => {
      await scene.start(2);
      kill(stand.functions.pid, "SIGSTOP");
      scene.release();
      await passed(10_000);
      kill(stand.functions.pid, "SIGCONT");
      return Date.now();
    },
  },
];
