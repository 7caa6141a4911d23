import type { Rule } from "../rule.ts";

/** A row of a worker has one machine at most: in the row, and at the provider. */
export const oneMachinePerWorker: Rule = {
  name: "one-machine-per-worker",
  check: ({ workers, machines }) => {
    const seen = [
      ...[...workers].flatMap(([workerId, story]) =>
        story.flatMap((entry) => {
          const machineId = entry.new?.external_id ?? null;
          return machineId === null ? [] : [{ workerId, machineId: String(machineId), entry }];
        }),
      ),
      ...machines.map((entry) => ({ ...entry, entry })),
    ];
    return [...Map.groupBy(seen, ({ workerId }) => workerId)].flatMap(([id, sights]) => {
      const byMachine = new Map(sights.map((sight) => [sight.machineId, sight.entry]));
      return byMachine.size > 1
        ? [
            {
              what: `worker ${id} had ${byMachine.size} machines`,
              entries: [...byMachine.values()],
            },
          ]
        : [];
    });
  },
};
