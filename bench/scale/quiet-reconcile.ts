import { v7 } from "uuid";
import type { ReconcileDeps } from "#core/application/reconcile-deps.ts";
import type { MachineProfile } from "#core/domain/worker/profile.ts";
import type { ControlStore } from "#core/ports/control-store.ts";
import { NO_TELEMETRY } from "#core/ports/telemetry.ts";

const nothing = () => {};

/** Enough of a pool for the workers that are there, and no more: nothing is launched. */
const PROFILE: MachineProfile = {
  name: "small",
  cpuMillis: 1000,
  memoryMib: 2048,
  labels: {},
  taints: [],
  minWorkers: 0,
  maxWorkers: 0,
  idleTtlSeconds: 86_400,
  maxRunsPerWorker: null,
  maxAgeSeconds: null,
  spot: false,
};

/** A reconcile pass with this store, and a provider at which all machines simply run. */
export const quietReconcile = (store: ControlStore): ReconcileDeps => ({
  store,
  templates: { template: async () => null },
  schedules: {
    dueSchedules: async () => [],
    changeSchedule: async () => false,
    fire: async () => Promise.reject(new Error("nothing is due")),
  },
  provider: {
    name: "bench",
    launch: async ({ workerId }) => ({ externalId: workerId }),
    describe: async (ids) =>
      ids.map((externalId) => ({
        ...{ externalId, installId: null, workerId: externalId, state: "running", createdAtMs: 0 },
        ...{ stoppedReason: null, interrupted: false },
      })),
    find: async () => [],
    list: async () => [],
    stop: async () => {},
  },
  wake: { wake: async () => {} },
  tokens: { issue: () => ({ keyId: "k", sha256: "k" }), derive: () => "k" },
  profiles: [PROFILE],
  workerEnvironment: {},
  installId: "bench",
  newId: () => v7(),
  random: Math.random,
  log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
  telemetry: NO_TELEMETRY,
  monotonicMs: () => performance.now(),
});
