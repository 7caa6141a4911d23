import { expect } from "vitest";
import { until } from "../../support/until.ts";
import { kill } from "../kill.ts";
import { bounds, type Row } from "../row.ts";
import { AGAIN, ONCE_OR_AGAIN, passed, type Scene } from "../scene.ts";
import type { Stand } from "../stand.ts";

const of = "A worker dies or hangs";

async function machinesOf(stand: Stand, scene: Scene, ids: readonly string[]) {
  return (await scene.workersOf(ids)).map((id) => stand.machineOf(id));
}

/** Freezes the machines of these runs. */
async function freeze(stand: Stand, scene: Scene, ids: readonly string[]) {
  const machines = await machinesOf(stand, scene, ids);
  const from = Date.now();
  for (const machine of machines) await machine.freeze();
  return { from, machines };
}

function untilWaitingForMachines(stand: Stand, ids: readonly string[], withinMs: number) {
  return until(
    "each waits for its machine to be gone",
    async () => {
      const runs = await Promise.all(ids.map((id) => stand.api.run(id)));
      return runs.every(({ reason }) => reason === "WaitingForMachineGone");
    },
    withinMs,
  );
}

const frozenRow = (replacement: "AfterLost" | "AfterGone"): Row => ({
  of,
  name: `worker frozen for longer than the lease, ${replacement}`,
  injected: `SIGSTOP of three whole machines; runs with replacement ${replacement}`,
  holds:
    replacement === "AfterLost"
      ? "a second attempt when the lease is over; thawed, the worker ends its job and is not heard"
      : "a second attempt only after the machine is gone: the attempts never overlap",
  bound: replacement === "AfterLost" ? bounds.lease : bounds.leaseAndGrace,
  repetitions: 1,
  ...{ short: true, runsOut: "lease" },
  inject: async (stand, scene) => {
    const ids = await scene.start(3, { replacement }, AGAIN);
    const { from, machines } = await freeze(stand, scene, ids);
    const withinMs = stand.timings.leaseMs + 20_000;
    if (replacement === "AfterGone") {
      await untilWaitingForMachines(stand, ids, withinMs);
      for (const id of ids) expect(scene.told).not.toContain(`start ${id} 2`);
      return from;
    }
    const second = (id: string) => scene.told.includes(`start ${id} 2`);
    await until("each runs elsewhere", () => ids.every(second), withinMs);
    for (const machine of machines) await machine.thaw();
    await until("thawed workers are gone", () => machines.every((one) => !one.isAlive()));
    return from;
  },
  check: async (_stand, scene) => {
    for (const id of scene.ids) expect(scene.told).not.toContain(`end ${id} 1`);
  },
});

export const workerRows: readonly Row[] = [
  {
    of,
    name: "worker killed, its machine reported stopped",
    injected: "SIGKILL of the agents of two busy machines",
    holds: "a second attempt each, charged to infrastructureLimit and not to backoffLimit",
    bound: bounds.machine,
    repetitions: 5,
    short: true,
    inject: async (stand, scene) => {
      const ids = await scene.start(2, {}, AGAIN);
      const machines = await machinesOf(stand, scene, ids);
      const from = Date.now();
      for (const machine of machines) machine.kill();
      return from;
    },
    check: async (stand, scene) => {
      const sql = `select failure from hodei.attempt where run_id = any($1) and failure is not null`;
      const rows = await stand.rows<{ failure: string }>(sql, [scene.ids]);
      expect(new Set(rows.map(({ failure }) => failure))).toEqual(new Set(["worker-lost"]));
    },
  },
  frozenRow("AfterLost"),
  frozenRow("AfterGone"),
  {
    of,
    name: "worker frozen, shorter than the lease",
    injected: "SIGSTOP of two whole machines for 10 s, then SIGCONT; counted from there",
    holds: "the same attempts go on",
    bound: bounds.restart,
    repetitions: 2,
    inject: async (stand, scene) => {
      const ids = await scene.start(2);
      const machines = await machinesOf(stand, scene, ids);
      for (const machine of machines) await machine.freeze();
      await passed(10_000);
      for (const machine of machines) await machine.thaw();
      return Date.now();
    },
  },
  {
    of,
    name: "worker killed with a result nobody acknowledged",
    injected: "every result it sends is dropped on the way, then SIGKILL",
    holds: "the code has ended and nobody knows: it runs again, as lost and not as failed",
    bound: bounds.machine,
    repetitions: 2,
    short: true,
    inject: async (stand, scene) => {
      const ids = await scene.start(1, {}, AGAIN);
      const [worker = ""] = await scene.workersOf(ids);
      const machine = stand.machineOf(worker);
      const takeBack = stand.wire.inject({
        ...{ fate: { kind: "drop" }, direction: "up", method: "/WorkerStream", times: 1000 },
        matches: (message, of) => of === worker && JSON.stringify(message).includes('"result"'),
      });
      scene.release();
      await until("its code has ended", () => scene.told.includes(`end ${ids[0]} 1`));
      const from = Date.now();
      machine.kill();
      await scene.untilStarted(ids, 2); // what it had sent before may still be on its way
      takeBack();
      return from;
    },
  },
  {
    of,
    name: "the job's own process killed",
    injected: "SIGKILL of the processes of a job, its agent left alone",
    holds: "a failure of the job: exit code 137, charged to backoffLimit",
    bound: bounds.machine,
    repetitions: 2,
    short: true,
    inject: async (stand, scene) => {
      const retry = { backoffLimit: 1, backoff: { initialSeconds: 1 } };
      const ids = await scene.start(1, retry, AGAIN);
      const [machine] = await machinesOf(stand, scene, ids);
      const from = Date.now();
      await machine?.killJob();
      return from;
    },
    check: async (stand, scene) => {
      const sql = `select failure from hodei.attempt where run_id = any($1) and failure is not null`;
      expect(await stand.rows(sql, [scene.ids])).toEqual([{ failure: "app" }]);
    },
  },
  {
    of,
    name: "a job that ends its own worker",
    injected: "kill -TERM $PPID in the job, in both attempts that infrastructureLimit 1 allows",
    holds: "Failed with InfrastructureFailure after two attempts; other runs are not disturbed",
    bound: bounds.machine,
    repetitions: 1,
    short: true,
    inject: async (_stand, scene) => {
      const suicide = {
        shell: "kill -TERM $PPID; sleep 30",
        infrastructureLimit: 1,
        terminationGracePeriodSeconds: 1,
      };
      const from = Date.now();
      await scene.submit(suicide, { phase: "Failed", attempts: [2] });
      const others = Array.from({ length: 6 }, () => scene.submit({ command: ["true"] }));
      await Promise.all(others);
      return from;
    },
    check: async (stand, scene) => {
      const reasons = await Promise.all(
        scene.ids.map(async (id) => (await stand.api.run(id)).reason),
      );
      expect(reasons[0]).toBe("InfrastructureFailure");
    },
  },
  {
    of,
    name: "everything killed in turn",
    injected:
      "SIGKILL of gateway, a busy worker, functions and Postgres one after the other, under forty runs of a second",
    holds: "each run ends once; one attempt is lost, that of the killed worker",
    bound: { words: "60 s", ms: () => 60_000 },
    repetitions: 1,
    short: true,
    inject: killInTurn,
    check: async (stand, scene) => {
      const sql = `select count(*)::int as n from hodei.attempt where run_id = any($1) and failure = 'worker-lost'`;
      expect(await stand.rows(sql, [scene.ids])).toEqual([{ n: 1 }]);
      const gaps = `select run_id from hodei.run_event group by run_id having max(seq) <> count(*) or min(seq) <> 1`;
      expect(await stand.rows(gaps)).toEqual([]);
    },
  },
];

const FORTY = 40;

async function killInTurn(stand: Stand, scene: Scene): Promise<number> {
  const ended = () => scene.told.filter((line) => line.startsWith("end ")).length;
  const untilEnded = (n: number) => until(`${n} codes ended`, () => ended() >= n, 90_000);
  const job = scene.tells("sleep 1");
  const from = Date.now();
  const submits = Array.from({ length: FORTY }, () => scene.submit({ shell: job }, ONCE_OR_AGAIN));
  await Promise.all(submits);
  await untilEnded(4);
  kill(stand.gateway.pid);
  await untilEnded(12);
  const sql = `select a.worker_id from hodei.attempt a where a.phase = 'Running' order by a.started_at desc limit 1`;
  const [busy] = await stand.rows<{ worker_id: string }>(sql);
  stand.machineOf(busy?.worker_id ?? "").kill();
  await untilEnded(20);
  kill(stand.functions.pid);
  await untilEnded(28);
  await stand.server.kill();
  return from;
}
