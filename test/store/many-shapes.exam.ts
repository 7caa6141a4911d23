import { expect } from "vitest";
import { limits } from "#core/domain/limits.ts";
import type { Toleration } from "#core/domain/spec/run-spec.ts";
import { fits } from "#core/domain/worker/fit.ts";
import type { Taint } from "#core/domain/worker/profile.ts";
import { aRun } from "../support/factories.ts";
import type { StoreFixture } from "../support/store-fixture.ts";
import { exam } from "./exam.ts";

const AS_TICK = { runsMin: limits.placementRunsPerShapeMax, dueMax: limits.placementWorkersMax };
const AS_GATEWAY = { runsMin: 0, dueMax: limits.placementRunsPerShapeMax + 1 };
/** More than one answer holds. */
const SHAPES = 100;
/** More than one look sees. */
const VERY_MANY_SHAPES = 600;
const LOOKS_MAX = 100;

/** Runs at the head of the queue, each of which needs a label of its own that no worker has. */
const hide = (at: StoreFixture, count: number) =>
  at.store.insertRuns(
    Array.from({ length: count }, (_, n) =>
      aRun({ priority: limits.priorityMax, nodeSelector: { lacking: String(n) } }),
    ),
  );

const isShown = async (at: StoreFixture, runId: string, bounds = AS_GATEWAY): Promise<boolean> => {
  const { queue } = await at.store.placement(bounds);
  return queue.some(({ runs }) => runs.some(({ id }) => id === runId));
};

async function looksUntilShown(at: StoreFixture, runId: string, bounds = AS_GATEWAY) {
  let looks = 0;
  while (looks < LOOKS_MAX && !(await isShown(at, runId, bounds))) looks += 1;
  return looks;
}

const taint = { key: "gpu", value: "a100", effect: "NoSchedule" } as Taint;
const tolerated = (toleration: Partial<Toleration>) => [
  {
    key: "gpu",
    operator: "Equal",
    value: "a100",
    effect: "NoSchedule",
    ...toleration,
  } as Toleration,
];
const TOLERATIONS: readonly (readonly Toleration[])[] = [
  [],
  tolerated({}),
  tolerated({ effect: "" as Toleration["effect"] }),
  tolerated({ effect: "NoExecute" as Toleration["effect"] }),
  tolerated({ value: "h100" }),
  tolerated({ operator: "Exists", value: "" }),
  tolerated({ operator: "Exists", value: "", key: "" }),
  tolerated({ operator: "Equal", key: "" }),
  tolerated({ key: "disk" }),
];

export const manyShapes = exam({
  "runs that no worker fits do not hide one that a ready worker fits": async (at) => {
    await hide(at, SHAPES);
    const runId = await at.submit({ priority: limits.priorityMin });
    await at.ready();
    for (let look = 0; look < 5; look += 1) expect(await isShown(at, runId)).toBe(true);
  },

  "nor do very many, of which one look sees a part": async (at) => {
    await hide(at, VERY_MANY_SHAPES);
    const runId = await at.submit({ priority: limits.priorityMin });
    await at.ready();
    expect(await looksUntilShown(at, runId)).toBeLessThan(LOOKS_MAX);
    for (let look = 0; look < 5; look += 1) expect(await isShown(at, runId)).toBe(true);
  },

  "a run whose own worker is ready is shown as well": async (at) => {
    await hide(at, SHAPES);
    const runId = await at.submit({ priority: limits.priorityMin, dedicatedWorker: true });
    await at.ready({ dedicatedRunId: runId });
    for (let look = 0; look < 5; look += 1) expect(await isShown(at, runId)).toBe(true);
  },

  "while no worker is ready, every shape is shown to the tick sooner or later": async (at) => {
    await hide(at, SHAPES);
    const runId = await at.submit({ priority: limits.priorityMin });
    expect(await looksUntilShown(at, runId, AS_TICK)).toBeLessThan(LOOKS_MAX);
  },

  "what a worker fits is the same here and in the domain": async (at) => {
    await hide(at, SHAPES);
    const { workerId } = await at.ready({ taints: [taint], labels: { zone: "a" } });
    expect(workerId).not.toBe("");
    const offer = { cpuMillis: 250, memoryMib: 512, taints: [taint], labels: { zone: "a" } };
    const specs = TOLERATIONS.flatMap((tolerations) =>
      [{}, { zone: "a" }, { zone: "b" }].map((nodeSelector) => ({ tolerations, nodeSelector })),
    );
    for (const spec of specs) {
      const run = aRun({ ...spec, priority: limits.priorityMin });
      await at.store.insertRuns([run]);
      let shown = 0;
      for (let look = 0; look < 8; look += 1) shown += Number(await isShown(at, run.id));
      expect(shown === 8, JSON.stringify(spec)).toBe(fits(run.placement, offer));
      await at.cancel(run.id);
    }
  },

  "the answer is bounded when very many wait for very many needs": async (at) => {
    await hide(at, SHAPES);
    await at.tables.plant(
      `insert into hodei.run (id, name, spec, placement, shape, phase, pending_reason, spec_digest,
         not_before, queue_rank, deadline_at, grace_ms, created_at)
       select gen_random_uuid(), r.name, r.spec, r.placement, r.shape, 'Pending', 'Queued', r.spec_digest,
         r.not_before, r.queue_rank, r.deadline_at, r.grace_ms, r.created_at
       from hodei.run r, generate_series(1, $1::integer) n`,
      [limits.placementRunsPerShapeMax],
    );
    const { queue } = await at.store.placement(AS_TICK);
    expect(queue).toHaveLength(64);
    for (const { runs } of queue) expect(runs.length).toBeGreaterThan(0);
    // The Data API takes no larger answer.
    expect(Buffer.byteLength(JSON.stringify(queue))).toBeLessThan(1024 * 1024 * 0.75);
  },
});
