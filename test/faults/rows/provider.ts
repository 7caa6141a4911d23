import { expect } from "vitest";
import { until } from "../../support/until.ts";
import { bounds, type Row } from "../row.ts";
import { AGAIN, type Scene } from "../scene.ts";
import type { Stand } from "../stand.ts";
import { expectOneMachineEach } from "./tick.ts";

const of = "RunTask and machines";

const OWN_MACHINE = { command: ["true"], dedicatedWorker: true };

/** Runs that each need a machine of their own, while `fault` is in the way. */
const launching =
  (fault: (stand: Stand) => void): Row["inject"] =>
  async (stand, scene) => {
    fault(stand);
    const from = Date.now();
    await Promise.all([scene.submit(OWN_MACHINE), scene.submit(OWN_MACHINE)]);
    return from;
  };

const launchRow = (
  name: string,
  injected: string,
  holds: string,
  fault: (stand: Stand) => void,
  isShort = true,
): Row => ({
  ...{ of, name, injected, holds, bound: bounds.launch, repetitions: 2 },
  ...(isShort && { short: true }),
  inject: launching(fault),
  check: expectOneMachineEach,
});

async function interrupt(stand: Stand, scene: Scene): Promise<number> {
  const ids = await scene.start(2, { terminationGracePeriodSeconds: 1 }, AGAIN);
  const workers = await scene.workersOf(ids);
  const sql = "select external_id from hodei.worker where id = any($1)";
  const machines = await stand.rows<{ external_id: string }>(sql, [workers]);
  const from = Date.now();
  for (const { external_id } of machines) stand.ecs.faults.interrupt(external_id);
  await until("they are told to stop", async () => {
    const held =
      "select 1 from hodei.attempt where run_id = any($1) and fence = 1 and ended_at is null";
    return (await stand.rows(held, [ids])).length === 0;
  });
  return from;
}

export const providerRows: readonly Row[] = [
  {
    of,
    name: "RunTask without capacity",
    injected: "HTTP 200 with failures[] RESOURCE:MEMORY, four times",
    holds: "the waiting run says LaunchFailed and why; no attempt is spent",
    bound: bounds.launch,
    ...{ repetitions: 2, short: true },
    inject: async (stand, scene) => {
      const from = await launching(({ ecs }) => ecs.faults.failures("RESOURCE:MEMORY", 4))(
        ...[stand, scene],
      );
      await until("the reason is shown", async () => {
        const runs = await Promise.all(scene.ids.map((id) => stand.api.run(id)));
        return runs.some(
          ({ reason, message }) =>
            reason === "LaunchFailed" && (message ?? "").includes("RESOURCE:MEMORY"),
        );
      });
      return from;
    },
    check: expectOneMachineEach,
  },
  launchRow(
    "RunTask fails or is throttled",
    "two ThrottlingExceptions and two ServerExceptions to whatever is called",
    "the same request is repeated with backoff",
    ({ ecs }) => {
      ecs.faults.throttle(2);
      ecs.faults.serverError(2);
    },
  ),
  launchRow(
    "RunTask's answer lost",
    "the task is launched and the connection reset before the answer, twice",
    "the repeat finds the same task: one machine for each worker row",
    ({ ecs }) => ecs.faults.loseAnswer(2),
  ),
  {
    ...launchRow(
      "a machine that never starts",
      "a task stops with CannotPullContainerError before any process",
      "replaced, free of charge",
      ({ ecs }) => ecs.faults.dieBeforeRegister(1),
    ),
    runsOut: "registration", // elsewhere a profile whose machines were killed before rests
  },
  launchRow(
    "reads of the provider are stale",
    "a new task is MISSING in DescribeTasks and ListTasks for 5 s",
    "it is not taken for gone",
    ({ ecs }) => ecs.faults.consistencyDelay(5_000),
    false,
  ),
  {
    of,
    name: "a machine that never registers",
    injected: "a task starts and none of its calls comes through (deadline 4 s in place of 5 min)",
    holds: "it must go when its deadline is over, and demand makes another, free of charge",
    bound: bounds.launch,
    ...{ repetitions: 2, short: true, runsOut: "registration" },
    inject: async (stand, scene) => {
      const mute: string[] = [];
      const unheard = stand.wire.inject({
        ...{ fate: { kind: "drop" }, direction: "up", method: "/Register", times: 1000 },
        matches: (message) => {
          const { workerInfo } = message as { workerInfo?: { workerId?: { value: string } } };
          const id = workerInfo?.workerId?.value ?? "";
          if (mute.length === 0) mute.push(id);
          return mute.includes(id);
        },
      });
      const from = Date.now();
      await scene.submit(OWN_MACHINE);
      await scene.untilFinal();
      unheard();
      return from;
    },
    check: expectOneMachineEach,
  },
  {
    of,
    name: "Spot interruption",
    injected: "two machines are taken away under running jobs: SIGTERM, stopCode SpotInterruption",
    holds: "a second attempt each, not charged to backoffLimit",
    bound: bounds.machine,
    ...{ repetitions: 2, short: true },
    inject: interrupt,
  },
  {
    of,
    name: "StopTask throttled",
    injected:
      "a machine that was made for one run must go after it, and six calls answer ThrottlingException",
    holds: "asked again until the machine is gone",
    bound: bounds.launch,
    repetitions: 1,
    inject: async (stand, scene) => {
      const ids = await scene.start(1, { dedicatedWorker: true });
      const [worker = ""] = await scene.workersOf(ids);
      const machine = stand.machineOf(worker);
      const from = Date.now();
      scene.release();
      await scene.untilFinal(ids);
      stand.ecs.faults.throttle(6);
      await until("its machine is gone", () => !machine.isAlive(), 90_000);
      return from;
    },
  },
  {
    of,
    name: "task events lost",
    injected: "SIGKILL of a busy worker, and no event tells that its machine stopped",
    holds: "the next tick sees it: at most one tick of delay",
    bound: bounds.machine,
    ...{ repetitions: 2, short: true },
    inject: (stand, scene) => killWithEvents(stand, scene, () => stand.ecs.faults.loseEvents(4)),
  },
  {
    of,
    name: "task events doubled",
    injected:
      "SIGKILL of a busy worker, and every event of its end and of the next start comes twice",
    holds: "as if it had come once",
    bound: bounds.machine,
    repetitions: 2,
    inject: (stand, scene) => killWithEvents(stand, scene, () => stand.ecs.faults.repeatEvents(8)),
    check: expectOneMachineEach,
  },
];

async function killWithEvents(stand: Stand, scene: Scene, fault: () => void): Promise<number> {
  const ids = await scene.start(1, {}, AGAIN);
  const [worker = ""] = await scene.workersOf(ids);
  fault();
  const from = Date.now();
  stand.machineOf(worker).kill();
  await scene.untilStarted(ids, 2);
  expect(scene.told).not.toContain(`end ${ids[0]} 1`);
  return from;
}
