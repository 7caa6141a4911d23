import { expect } from "vitest";
import { until } from "../../support/until.ts";
import type { MessageFault } from "../message-path.ts";
import { bounds, type Row } from "../row.ts";
import { AGAIN, passed } from "../scene.ts";

const of = "The network between workers and gateway";

const cutFor = (ms: number): Row["inject"] => {
  return async (stand, scene) => {
    await scene.start(3);
    await stand.network.down();
    scene.release(); // the results fall into the cut
    await passed(ms);
    await stand.network.up();
    return Date.now();
  };
};

/** What a control stream meets, of every kind of message but those that open and keep it. */
const fault = (
  kind: "duplicate" | "reorder",
  direction: "up" | "down",
  times: number,
): MessageFault => ({
  ...{ fate: { kind }, direction, method: "/WorkerStream", times },
  matches: (message) => !/"\$case":"heartbeat/.test(JSON.stringify(message)),
});

export const networkRows: readonly Row[] = [
  {
    of,
    name: "connections reset",
    injected: "every connection is reset in the middle of its streams",
    holds: "a reconnect; the same attempts go on",
    bound: bounds.restart,
    repetitions: 5,
    short: true,
    inject: async (stand, scene) => {
      await scene.start(3);
      stand.network.resetPeers();
      return Date.now();
    },
  },
  {
    of,
    name: "network cut, shorter than the lease",
    injected: "connections are reset and refused for 10 s; counted from the end of the cut",
    holds: "a reconnect; the same attempts go on",
    bound: bounds.restart,
    repetitions: 2,
    inject: cutFor(10_000),
  },
  {
    of,
    name: "network cut, longer than the lease",
    injected: "two workers are cut off, half-open: nothing comes through and nobody is told",
    holds: "they end their jobs before the lease is over; a second attempt when it is (AfterLost)",
    bound: bounds.lease,
    repetitions: 1,
    ...{ short: true, runsOut: "lease" },
    inject: async (stand, scene) => {
      const ids = await scene.start(2, { replacement: "AfterLost" }, AGAIN);
      const workers = await scene.workersOf(ids);
      const machines = workers.map((id) => stand.machineOf(id));
      const from = Date.now();
      stand.isolate(...workers);
      const second = (id: string) => scene.told.includes(`start ${id} 2`);
      const withinMs = stand.timings.leaseMs + 20_000;
      await until("each runs elsewhere", () => ids.every(second), withinMs);
      expect(machines.map((machine) => machine.isAlive())).toEqual([false, false]);
      return from;
    },
    check: async (_stand, scene) => {
      for (const id of scene.ids) expect(scene.told).not.toContain(`end ${id} 1`);
    },
  },
  {
    of,
    name: "half-open connections, shorter than the lease",
    injected: "for 10 s no byte passes in either direction; counted from the end",
    holds: "the same attempts go on",
    bound: bounds.restart,
    repetitions: 2,
    inject: async (stand, scene) => {
      await scene.start(3);
      stand.network.hold("up", "down");
      scene.release();
      await passed(10_000);
      stand.network.release();
      return Date.now();
    },
  },
  {
    of,
    name: "answers do not arrive for a while",
    injected: "for 10 s bytes pass to the gateway and none back; counted from the end",
    holds: "what was committed and not answered is repeated and applied once",
    bound: bounds.restart,
    repetitions: 2,
    inject: async (stand, scene) => {
      await scene.start(3);
      stand.network.hold("down");
      scene.release();
      await passed(10_000);
      stand.network.release();
      return Date.now();
    },
  },
  {
    of,
    name: "latency of 2 s ± 1 s",
    injected: "every piece in both directions comes so much later, for the whole life of the runs",
    holds: "slow, and nothing is lost",
    bound: bounds.machine,
    repetitions: 2,
    inject: async (stand, scene) => {
      stand.network.toxics({ latencyMs: 2_000, jitterMs: 1_000 });
      const from = Date.now();
      await scene.start(3);
      return from;
    },
  },
  {
    of,
    name: "bytes in slices",
    injected: "pieces of 7 bytes, so that no frame comes whole",
    holds: "no message is misread",
    bound: bounds.restart,
    repetitions: 2,
    short: true,
    inject: async (stand, scene) => {
      stand.network.toxics({ sliceBytes: 7 });
      const from = Date.now();
      await scene.start(3);
      return from;
    },
  },
  {
    of,
    name: "messages doubled and out of order",
    injected: "commands, accepts, results and their answers come twice, or after the next one",
    holds: "each is applied once",
    bound: bounds.machine,
    repetitions: 2,
    inject: async (stand, scene) => {
      const doubled = [fault("duplicate", "up", 30), fault("duplicate", "down", 30)];
      const swapped = [fault("reorder", "up", 3), fault("reorder", "down", 3)];
      for (const one of doubled) stand.wire.inject(one);
      const from = Date.now();
      await scene.start(3);
      for (const one of doubled) one.times = 0;
      for (const one of swapped) stand.wire.inject(one);
      return from;
    },
  },
];
