import { DEFAULT_TIMINGS, type Timings } from "#core/domain/timings.ts";
import type { MachineProfile } from "#core/domain/worker/profile.ts";
import { LOCAL_PROFILES } from "#local/options.ts";
import { type GatewayProcess, startGatewayProcess } from "../support/gateway-process.ts";
import { type LocalMode, startLocalMode } from "../support/local-mode.ts";
import { until } from "../support/until.ts";
import { type GrpcProxy, startGrpcProxy, type Tap } from "./grpc-proxy.ts";
import { type Machine, machineOf, readTasks } from "./machine.ts";
import { type StandPostgres, startStandPostgres } from "./stand-postgres.ts";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";

export interface StandOptions {
  /** Sees every message between workers and gateway. */
  readonly tap?: Tap;
  /** Called with the address of the migrated database before the first run. */
  readonly onDatabase?: (url: string) => unknown;
  /** Sends the requests of `api`. */
  readonly fetch?: typeof globalThis.fetch;
  /** Other than the defaults. */
  readonly timings?: Partial<Timings>;
  /** From SIGTERM to SIGKILL of a machine that must go; absent = as ECS. */
  readonly stopTimeoutMs?: number;
}

/**
 * Local mode with everything between its parts in our hands:
 *
 *   workers → network (TCP) → wire (messages) → gateway ─┐
 *   functions → Data API double ─────────────────────────┴→ database (TCP) → server (Postgres)
 */
export interface Stand extends LocalMode {
  readonly network: TcpProxy;
  readonly wire: GrpcProxy;
  readonly database: TcpProxy;
  readonly server: StandPostgres;
  readonly timings: Timings;
  /** The pool is at its minimum, attached and free. */
  untilWarm(): Promise<void>;
  machineOf(workerId: string): Machine;
  /** Nothing comes through to or from these workers any more, until `heal`. */
  isolate(...workerIds: string[]): void;
  /** Another gateway on the same database and queue; ends with the test. New streams still go to the old one. */
  startGateway(): Promise<GatewayProcess>;
  /** EventBridge ticks once more, now. */
  tick(): void;
  /** Ends every fault of the network and leads new streams to the gateway of local mode. */
  heal(): Promise<void>;
  /**
   * Waits for what is on its way out, sweeps twice, and answers what is then left over: machines
   * without a living row, and living rows without a machine.
   */
  leftAfterTwoSweeps(): Promise<string[]>;
}

export const POOL_WORKERS = 4;

const WARM_POOL: readonly MachineProfile[] = LOCAL_PROFILES.slice(0, 1).map((profile) => ({
  ...profile,
  minWorkers: POOL_WORKERS,
  maxWorkers: 5 * POOL_WORKERS, // room for runs that want a machine of their own
  idleTtlSeconds: 2, // a row that made many leaves the next one its room
}));

export async function startStand(options: StandOptions = {}): Promise<Stand> {
  const wire = await startGrpcProxy(options.tap);
  const network = await startTcpProxy(wire.port);
  const server = await startStandPostgres();
  const database = await startTcpProxy(server.port);
  const link = new URL(server.url);
  link.port = String(database.port);
  const { timings = {} } = options;
  const local = await startLocalMode(
    {
      databaseUrl: link.href,
      gatewayUrl: `http://127.0.0.1:${network.port}`,
      profiles: WARM_POOL,
      timings: JSON.stringify(timings),
      ...(options.stopTimeoutMs !== undefined && { stopTimeoutMs: options.stopTimeoutMs }),
    },
    undefined,
    options.fetch,
  );
  await options.onDatabase?.(server.url);
  const own = Number(local.grpcAddress.split(":").at(-1));
  wire.targetPort = own;
  const isolated = new Set<string>();
  wire.refuses = (workerId, port) => {
    if (isolated.has(workerId)) network.holdOne(port);
    return isolated.has(workerId);
  };
  const heal = async () => {
    isolated.clear();
    if (wire.targetPort !== own) {
      wire.targetPort = own;
      network.resetPeers(); // the other gateway ends with its test
    }
    local.ecs.faults.consistencyDelay(0);
    local.sqs.faults.clear();
    local.dataApi.faults.clear();
    for (const proxy of [network, database]) {
      proxy.toxics({});
      proxy.release();
      await proxy.up();
    }
  };
  const stand: Stand = {
    ...local,
    get gateway() {
      return local.gateway;
    },
    ...{ network, wire, database, server, heal },
    timings: { ...DEFAULT_TIMINGS, ...timings },
    untilWarm: () => untilWarm(local),
    machineOf: (workerId) => machineOf(local.stateDir, workerId),
    isolate: (...workerIds) => {
      for (const id of workerIds) {
        isolated.add(id);
        for (const port of wire.portsOf(id)) network.holdOne(port);
      }
    },
    startGateway: () => secondGateway(local, link.href, timings),
    tick: () => local.functions.send({ kind: "tick" }),
    leftAfterTwoSweeps: () => leftAfterTwoSweeps(stand),
    end: async () => {
      await heal();
      await local.end();
      await server.stop();
      for (const proxy of [network, database]) await proxy.close();
      wire.close();
    },
  };
  await stand.untilWarm();
  return stand;
}

const WARM_WITHIN_MS = 90_000;

const READY = `select count(*)::int as n from hodei.worker w join hodei.gateway g on g.id = w.gateway_id
  where w.phase = 'Ready' and w.lease_expires_at > hodei.clock() and w.reason is null
    and g.beat_at > hodei.clock() - interval '6 s'`;

function untilWarm({ rows }: LocalMode): Promise<void> {
  return until(
    "the pool is warm",
    async () => ((await rows<{ n: number }>(READY))[0]?.n ?? 0) >= POOL_WORKERS,
    WARM_WITHIN_MS,
  );
}

function secondGateway(local: LocalMode, databaseUrl: string, timings: object) {
  return startGatewayProcess({
    databaseUrl,
    queueUrl: local.sqs.url,
    env: {
      HODEI_WAKE_QUEUE_URL: local.sqs.queueUrl("hodei-wake"),
      HODEI_PROFILES: JSON.stringify(WARM_POOL),
      HODEI_TIMINGS: JSON.stringify(timings),
      HODEI_LOG_LEVEL: "info",
    },
  });
}

async function leftAfterTwoSweeps(stand: Stand): Promise<string[]> {
  const { rows } = stand;
  await until(
    "nothing is on its way out",
    async () => {
      stand.tick();
      const sql = `select 1 from hodei.worker where phase in ('Creating', 'Connecting', 'Draining', 'Terminating')`;
      return (await rows(sql)).length === 0;
    },
    WARM_WITHIN_MS,
  );
  for (const _ of [1, 2]) {
    await rows("update hodei.control set swept_at = '-infinity'");
    await until("a tick has swept", async () => {
      stand.tick();
      const sql = "select 1 from hodei.control where swept_at > '-infinity'";
      return (await rows(sql)).length === 1;
    });
  }
  // Meanwhile idle workers of a large pool go their ordinary way; what does not go is left.
  let left: string[] = [];
  await until("nothing is left", async () => {
    left = await leftNow(stand);
    return left.length === 0;
  }).catch(() => {});
  return left;
}

async function leftNow({ rows, stateDir }: Stand): Promise<string[]> {
  const sql = "select id, external_id from hodei.worker where phase <> 'Terminated'";
  const living = await rows<{ id: string; external_id: string | null }>(sql);
  const running = readTasks(stateDir).filter(({ lastStatus }) => lastStatus !== "STOPPED");
  const arns = new Set(running.map(({ arn }) => arn));
  const known = new Set(living.map(({ external_id }) => external_id));
  return [
    ...running.filter(({ arn }) => !known.has(arn)).map(({ arn }) => `machine ${arn}`),
    ...living.filter((row) => !arns.has(row.external_id ?? "")).map(({ id }) => `worker ${id}`),
  ];
}
