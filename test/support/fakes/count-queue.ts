import type { QueueView, RunDetail } from "#core/ports/run-reader.ts";

const pick = ({ id, createdAt, notBefore }: RunDetail) => ({
  ...{ id, createdAt, dueAt: notBefore ?? createdAt },
});

/** The queue of a few runs; all that wait are due, unless they are suspended. */
export function countQueue(runs: readonly RunDetail[]): QueueView {
  const of = (phase: RunDetail["phase"]) => runs.filter((run) => run.phase === phase);
  const waiting = of("Pending");
  const due = waiting.filter(({ reason }) => reason !== "Suspended");
  const counted = <Key>(keyOf: (run: RunDetail) => Key) =>
    [...Map.groupBy(waiting, keyOf)].map(([key, some]) => [key, some.length] as const);
  return {
    ...{ at: Date.UTC(2026, 0, 2, 3, 5), pending: waiting.length, due: due.length },
    byReason: Object.fromEntries(counted(({ reason }) => reason ?? "")),
    byPriority: counted(({ priority }) => priority)
      .map(([priority, runs]) => ({ priority, runs }))
      .sort((a, b) => b.priority - a.priority),
    oldest: due.map(pick).sort((a, b) => a.dueAt - b.dueAt)[0] ?? null,
    ...{ assigned: of("Assigned").length, running: of("Running").length, newest: runs.length },
    ...{ succeeded: of("Succeeded").length, failed: of("Failed").length },
    cancelled: of("Cancelled").length,
  };
}
