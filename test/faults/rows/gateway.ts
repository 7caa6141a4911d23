import { expect } from "vitest";
import { until } from "../../support/until.ts";
import { kill } from "../kill.ts";
import { bounds, type Row } from "../row.ts";
import { ONCE_OR_AGAIN, passed } from "../scene.ts";
import type { Stand } from "../stand.ts";

const of = "The gateway dies or hangs";

const ATTACHED = `select count(distinct gateway_id)::int as gateways, count(*)::int as workers
  from hodei.worker where id = any($1) and gateway_id <> all($2)`;

async function gatewayIds(stand: Stand): Promise<string[]> {
  const rows = await stand.rows<{ id: string }>("select id from hodei.gateway");
  return rows.map(({ id }) => id);
}

const untilAttachedElsewhere = (stand: Stand, workers: string[], known: string[]) =>
  until("they are attached to another gateway", async () => {
    const [row] = await stand.rows<{ workers: number }>(ATTACHED, [workers, known]);
    return row?.workers === workers.length;
  });

export const gatewayRows: readonly Row[] = [
  {
    of,
    name: "gateway killed",
    injected: "SIGKILL while three runs run; it is started again as ECS would",
    holds: "the same attempts go on; no result is lost",
    bound: bounds.restart,
    repetitions: 6,
    short: true,
    inject: async (stand, scene) => {
      await scene.start(3);
      kill(stand.gateway.pid);
      return Date.now();
    },
  },
  {
    of,
    name: "gateway killed, another one there",
    injected: "SIGKILL of one of two gateways; the balancer leads new streams to the other",
    holds: "workers attach to the other one; the same attempts go on",
    bound: bounds.restart,
    repetitions: 3,
    inject: async (stand, scene) => {
      const ids = await scene.start(3);
      const workers = await scene.workersOf(ids);
      const known = await gatewayIds(stand);
      stand.wire.targetPort = (await stand.startGateway()).port;
      const from = Date.now();
      kill(stand.gateway.pid);
      await untilAttachedElsewhere(stand, workers, known);
      return from;
    },
  },
  {
    of,
    name: "gateway replaced in order",
    injected: "SIGTERM of one of two gateways, as in a deployment",
    holds: "workers move before it leaves; the same attempts go on",
    bound: bounds.restart,
    repetitions: 3,
    inject: async (stand, scene) => {
      await scene.start(3);
      stand.wire.targetPort = (await stand.startGateway()).port;
      kill(stand.gateway.pid, "SIGTERM");
      return Date.now();
    },
  },
  {
    of,
    name: "gateway frozen, shorter than the lease",
    injected: "SIGSTOP for 10 s, then SIGCONT; counted from there",
    holds: "the same attempts go on",
    bound: bounds.restart,
    repetitions: 2,
    inject: async (stand, scene) => {
      await scene.start(3);
      kill(stand.gateway.pid, "SIGSTOP");
      await passed(10_000);
      kill(stand.gateway.pid, "SIGCONT");
      return Date.now();
    },
  },
  {
    of,
    name: "every gateway silent for longer than the lease",
    injected:
      "SIGSTOP of the only gateway until its workers have fenced themselves; counted from SIGCONT",
    holds: "no run is lost; jobs whose worker had to give up run again, once",
    bound: bounds.machine,
    repetitions: 1,
    runsOut: "lease",
    inject: async (stand, scene) => {
      const ids = await scene.start(3, {}, ONCE_OR_AGAIN);
      const machines = (await scene.workersOf(ids)).map((id) => stand.machineOf(id));
      kill(stand.gateway.pid, "SIGSTOP");
      await until(
        "the workers have fenced themselves",
        () => machines.every((machine) => !machine.isAlive()),
        stand.timings.leaseMs + 30_000,
      );
      kill(stand.gateway.pid, "SIGCONT");
      return Date.now();
    },
  },
  {
    of,
    name: "two gateways believe they hold a worker",
    injected:
      "the old one is never told that the streams are over and hears all that the workers say to the new one",
    holds: "only the newest epoch writes: the old one finds its rows gone and ends its streams",
    bound: bounds.restart,
    repetitions: 2,
    short: true,
    inject: async (stand, scene) => {
      const ids = await scene.start(3);
      const workers = await scene.workersOf(ids);
      const known = await gatewayIds(stand);
      const split = stand.wire.splitBrain();
      const second = await stand.startGateway();
      stand.wire.targetPort = second.port;
      const from = Date.now();
      stand.network.resetPeers();
      await untilAttachedElsewhere(stand, workers, known);
      expect(split.believed).toBeGreaterThanOrEqual(workers.length);
      scene.release();
      await scene.untilFinal(ids);
      // Its next gathered heartbeats match no row, and it lets go.
      await until("the old gateway has given them up", () => split.open === 0, 30_000);
      split.mend();
      const [row] = await stand.rows<{ workers: number }>(ATTACHED, [workers, known]);
      expect(row?.workers).toBe(workers.length);
      return from;
    },
  },
];
