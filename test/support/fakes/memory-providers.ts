import { providerOperations } from "#core/application/provider-operations.ts";
import type { ProviderRecord } from "#core/domain/provider/provider-record.ts";
import type { ProviderRecords } from "#core/ports/provider-records.ts";
import { EPOCH_MS, runIdOf } from "./fake-control-plane.ts";

const OWN: ProviderRecord = {
  ...{ id: runIdOf(0xc0de), name: "ecs", kind: "fargate", status: "Active", ofInstall: true },
  ...{ priority: 0, maxWorkers: 0, activeWorkers: 2, document: {} },
  ...{ createdAt: EPOCH_MS, updatedAt: EPOCH_MS },
};
const PROFILE = {
  ...{ name: "any", cpuMillis: 1000, memoryMib: 1024, labels: {}, taints: [], spot: false },
  ...{ minWorkers: 0, maxWorkers: 4, idleTtlSeconds: 60 },
  ...{ maxRunsPerWorker: null, maxAgeSeconds: null },
};

/** Providers in memory: the install's own, of 4 workers with 2 active, and what is registered beside it. */
export function createMemoryProviders() {
  const rows = new Map<string, ProviderRecord>([[OWN.id, OWN]]);
  const wakes: number[] = [];
  const actors: (string | null)[] = [];
  let made = 0x900;
  const isTaken = (name: string, id: string) =>
    [...rows.values()].some((row) => row.name === name && row.id !== id);
  const records: ProviderRecords = {
    all: async () =>
      [...rows.values()].sort((a, b) => b.priority - a.priority || (a.name < b.name ? -1 : 1)),
    insert: async (provider, by) => {
      actors.push(by);
      if (isTaken(provider.name, provider.id)) return false;
      const times = { createdAt: EPOCH_MS, updatedAt: EPOCH_MS };
      rows.set(provider.id, { ...provider, ...times, ofInstall: false, activeWorkers: 0 });
      return true;
    },
    update: async (id, settings, by) => {
      actors.push(by);
      const row = rows.get(id);
      if (!row) return "not-found";
      if (isTaken(settings.name, id)) return "name-taken";
      rows.set(id, { ...row, ...settings, updatedAt: row.updatedAt + 1 });
      return "updated";
    },
    setStatus: async (id, status, by) => {
      actors.push(by);
      const row = rows.get(id);
      if (row) rows.set(id, { ...row, status });
      return row !== undefined;
    },
    remove: async (id, by) => {
      actors.push(by);
      if (!rows.get(id)?.ofInstall) rows.delete(id);
    },
  };
  const operations = providerOperations({
    providers: records,
    profiles: [PROFILE],
    newId: () => runIdOf(++made),
    wake: { wake: async () => void wakes.push(made) },
  });
  return { operations, rows, wakes, actors };
}
