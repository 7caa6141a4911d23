import type { ExplainSnapshot } from "#core/domain/explain/explanation.ts";
import type { RunDetail } from "#core/ports/run-reader.ts";

/** A run in an install that has one profile, no worker and nothing else to do. */
export function idleSnapshot(run: RunDetail): ExplainSnapshot {
  const { cpuMillis, memoryMib } = run.spec.resources;
  const { nodeSelector, tolerations, dedicatedWorker } = run.spec;
  const profile = { name: "small", cpuMillis: 1000, memoryMib: 2048, labels: {}, taints: [] };
  return {
    now: run.createdAt,
    run: {
      ...{ id: run.id, phase: run.phase, reason: run.reason, message: run.message },
      placement: { cpuMillis, memoryMib, nodeSelector, tolerations, dedicatedWorker },
      ...{ shape: "shape", fence: run.attempts, rank: 0, priority: run.priority },
      ...{ notBefore: run.notBefore ?? 0, blockedBy: null, blockedSince: null },
      ...{ stopping: run.stopping, workerId: run.workerId, attempt: null },
    },
    ...{
      queue: [],
      workers: [],

      kinds: [],
      loads: [],
      failing: [],
      launchTokens: 100,
      launching: true,
    },
    position: { ahead: 0, sameShape: 0, isLeast: false },
    fleetIsCut: false,
    profiles: [
      {
        ...{ ...profile, minWorkers: 0, maxWorkers: 10, idleTtlSeconds: 60, spot: false },
        ...{ maxRunsPerWorker: null, maxAgeSeconds: null },
      },
    ],
  };
}
