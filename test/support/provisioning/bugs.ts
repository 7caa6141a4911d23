import type { ReconcileDeps } from "#core/application/reconcile-deps.ts";
import type { MemoryInstall } from "./memory-install.ts";

/** The production code with a mistake in it, planted at one of its seams. */
export type Bug = (deps: ReconcileDeps, install: MemoryInstall) => ReconcileDeps;

/** Mistakes that the law must find, each by name. */
export const BUGS: Readonly<Record<string, Bug>> = {
  "workers on their way are not subtracted": (deps) => ({
    ...deps,
    store: {
      ...deps.store,
      fleet: async () => (await deps.store.fleet()).filter(({ phase }) => phase !== "Creating"),
    },
  }),
  "the launch epoch is ignored": (deps, install) => ({
    ...deps,
    store: {
      ...deps.store,
      createWorkers: (workers) => deps.store.createWorkers(workers, install.epoch),
    },
  }),
  "a lost answer is launched once more": (deps) => {
    let calls = 0;
    const { provider } = deps;
    return {
      ...deps,
      provider: {
        name: provider.name,
        describe: (ids) => provider.describe(ids),
        find: (installId, workerId) => provider.find(installId, workerId),
        list: () => provider.list(),
        stop: (externalId, reason) => provider.stop(externalId, reason),
        launch: (request, token) =>
          provider.launch({ ...request, launchToken: `${request.launchToken}-${++calls}` }, token),
      },
    };
  },
  "the maximum of a profile is ignored": (deps) => ({
    ...deps,
    profiles: deps.profiles.map((profile) => ({ ...profile, maxWorkers: 1_000 })),
  }),
};
