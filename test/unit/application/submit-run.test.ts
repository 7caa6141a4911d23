import { describe, expect, it } from "vitest";
import { newRun } from "#core/application/new-run.ts";
import type { SubmitWithId } from "#core/application/operations.ts";
import { insertAlone, submitRun } from "#core/application/submit-run.ts";
import { limits } from "#core/domain/limits.ts";
import { parseRunSpec } from "#core/domain/spec/parse-run-spec.ts";
import type { MachineProfile } from "#core/domain/worker/profile.ts";
import type { ControlStore, InsertedRun, StoredRun } from "#core/ports/control-store.ts";
import type { RunReader } from "#core/ports/run-reader.ts";
import { recordingTelemetry } from "../../support/fakes/recorders.ts";
import { stub } from "../../support/fakes/stub.ts";
import { refusal } from "../../support/refusal.ts";
import { makeProfile } from "../domain/make.ts";
import { makeRun } from "./make.ts";

const BODY = { command: ["true"] };
const ask = (given: Partial<SubmitWithId> = {}): SubmitWithId => ({
  spec: BODY,
  idempotencyKey: null,
  submittedBy: null,
  ...given,
});
const digestOf = (spec: unknown) => newRun(parseRunSpec(spec), ask(), "any").digest;

const STORED: StoredRun = {
  createdAt: 1000,
  notBefore: 2000,
  deadlineAt: 3000,
  reason: "Queued",
  workerId: null,
};
const created = { stored: STORED };

/** A store that answers as told (nothing was stored unless it says so); what is read exists. */
function scene(
  inserted: Partial<InsertedRun>,
  holder: { id: string; digest: string } | null = null,
  profiles: MachineProfile[] = [makeProfile()],
) {
  const wakes: (number | undefined)[] = [];
  const telemetry = recordingTelemetry();
  const store = stub<ControlStore>({
    insertRuns: async ([run]) => [
      { id: run?.id ?? "", stored: null, full: false, poked: false, ...inserted },
    ],
    findRuns: async ([run]) => new Map(holder ? [[run?.id ?? "", holder]] : []),
  });
  const reader = stub<RunReader>({ run: async (id) => makeRun({ id }) });
  const wake = { wake: async (delayMs?: number) => void wakes.push(delayMs) };
  const insertRun = insertAlone(store);
  const deps = { insertRun, store, reader, wake, profiles, telemetry, newId: () => "new" };
  return { deps, store, reader, wakes, telemetry };
}

describe("a submit", () => {
  it("stores the run, asks for a look at the queue, and answers the run", async () => {
    const { deps, store, wakes, telemetry } = scene(created);
    const submitted = await submitRun(deps, ask({ submittedBy: "ana" }));
    expect(submitted).toMatchObject({ run: { id: "new" }, created: true });
    expect(store.calls).toHaveLength(1);
    expect(store.calls[0]?.args[0]).toMatchObject([
      { id: "new", submittedBy: "ana", spec: { command: { kind: "argv", argv: ["true"] } } },
    ]);
    expect(wakes).toEqual([0]);
    expect(telemetry.counted("runs_submitted_total", { outcome: "created" })).toBe(1);
  });

  it("of a later start asks for a look by then", async () => {
    for (const poked of [false, true]) {
      const { deps, wakes } = scene({ ...created, poked });
      const startAfter = new Date(Date.now() + 3600_000).toISOString();
      await submitRun(deps, ask({ spec: { ...BODY, startAfter } }));
      expect(wakes).toHaveLength(1);
      expect(wakes[0]).toBeGreaterThan(3590_000);
      expect(wakes[0]).toBeLessThanOrEqual(3600_000);
    }
  });

  it("of a start further ahead than the bound is refused by its path", async () => {
    const days = limits.startAheadSecondsMax / 86_400;
    const at = (day: number) => new Date(Date.now() + day * 86_400_000).toISOString();
    const { deps, store } = scene(created);
    for (const startAfter of [at(days + 1), "9999-12-31T23:59:59Z"]) {
      const refused = submitRun(deps, ask({ spec: { ...BODY, startAfter } }));
      await expect(refused).rejects.toMatchObject({
        code: "InvalidSpec",
        fields: [{ path: "startAfter" }],
      });
    }
    expect(store.calls).toEqual([]);
    await submitRun(deps, ask({ spec: { ...BODY, startAfter: at(days - 1) } }));
    expect(store.calls).toHaveLength(1);
  });

  it("that is suspended asks nobody, also when it starts later", async () => {
    const startAfter = new Date(Date.now() + 3600_000).toISOString();
    for (const more of [{}, { startAfter }]) {
      const { deps, wakes } = scene(created);
      await submitRun(deps, ask({ spec: { ...BODY, ...more, suspend: true } }));
      expect(wakes).toEqual([]);
    }
  });

  it("costs one insert and no read: what was sent and what the insert answered is the run", async () => {
    const { deps, store, reader } = scene(created);
    const spec = { ...BODY, name: "mine", labels: { a: "1" }, priority: 3 };
    const { run } = await submitRun(deps, ask({ spec, submittedBy: "ana" }));
    expect(store.calls.map(({ method }) => method)).toEqual(["insertRuns"]);
    expect(reader.calls).toEqual([]);
    expect(run).toEqual({
      ...{ id: "new", name: "mine", labels: { a: "1" }, priority: 3, submittedBy: "ana" },
      ...{ spec: parseRunSpec(spec), phase: "Pending", reason: "Queued", message: null },
      ...{ createdAt: 1000, notBefore: 2000, deadlineAt: 3000 },
      ...{ attempts: 0, stopping: false, workerId: null, exitCode: null },
      ...{ startedAt: null, finishedAt: null },
      ...{ template: null, schedule: null, rerunOf: null, parameters: null },
    });
  });

  it("wakes nobody when a gateway with an idle worker was told already", async () => {
    const { deps, wakes } = scene({ ...created, poked: true });
    await submitRun(deps, ask());
    expect(wakes).toEqual([]);
  });

  it("is stored alone by one statement, and one without an answer is a defect", async () => {
    const silent = stub<ControlStore>({ insertRuns: async () => [] });
    const run = newRun(parseRunSpec(BODY), ask(), "new");
    expect((await refusal(insertAlone(silent)(run))).code).toBe("Internal");
    expect(silent.calls).toEqual([{ method: "insertRuns", args: [[run]] }]);
  });

  it("of an earlier start asks at once", async () => {
    const { deps, wakes } = scene(created);
    await submitRun(deps, ask({ spec: { ...BODY, startAfter: "2020-01-01T00:00:00Z" } }));
    expect(wakes).toEqual([0]);
  });

  it("of a bad document stores nothing", async () => {
    const { deps, store } = scene(created);
    expect((await refusal(submitRun(deps, ask({ spec: { command: [] } })))).code).toBe(
      "InvalidSpec",
    );
    expect(store.calls).toEqual([]);
  });
});

describe("the same key again", () => {
  const key = { idempotencyKey: "k" };

  it("with the same body answers the first run and wakes nobody", async () => {
    const { deps, store, reader, wakes } = scene({}, { id: "first", digest: digestOf(BODY) });
    const submitted = await submitRun(deps, ask(key));
    expect(submitted).toMatchObject({ run: { id: "first" }, created: false });
    expect(store.calls.at(-1)).toMatchObject({
      ...{ method: "findRuns", args: [[{ id: "new", idempotencyKey: "k" }]] },
    });
    expect(reader.calls.at(-1)?.args).toEqual(["first"]);
    expect(wakes).toEqual([]);
  });

  it("with the same meaning in another order is the same body", async () => {
    const first = { command: ["true"], labels: { a: "1", b: "2" }, priority: 0 };
    const second = { labels: { b: "2", a: "1" }, command: ["true"] };
    const { deps } = scene({}, { id: "first", digest: digestOf(first) });
    expect((await submitRun(deps, ask({ ...key, spec: second }))).run.id).toBe("first");
  });

  it("with another body is refused, naming the run that holds the key", async () => {
    const { deps, wakes } = scene({}, { id: "first", digest: digestOf({ command: ["false"] }) });
    expect(await refusal(submitRun(deps, ask(key)))).toEqual({
      code: "IdempotencyConflict",
      message: "another run was submitted under this key",
      fields: [{ path: "Idempotency-Key", message: "holds run first with another body" }],
    });
    expect(wakes).toEqual([]);
  });

  it("whose run is deleted between the two looks is told to try again", async () => {
    const { deps } = scene({}, null);
    expect((await refusal(submitRun(deps, ask(key)))).code).toBe("StoreUnavailable");
  });

  it("with an id of the caller's own, the id is looked up as well", async () => {
    const { deps, store } = scene({}, { id: "theirs", digest: digestOf(BODY) });
    await submitRun(deps, ask({ id: "theirs" }));
    expect(store.calls.at(-1)?.args).toMatchObject([[{ id: "theirs", idempotencyKey: null }]]);
  });
});

describe("a full queue", () => {
  it("refuses a new run and says to come back later", async () => {
    const { deps, wakes } = scene({ full: true }, null);
    expect((await refusal(submitRun(deps, ask()))).code).toBe("QueueFull");
    expect(wakes).toEqual([]);
  });

  it("still answers a repeat of what it holds", async () => {
    const { deps } = scene({ full: true }, { id: "first", digest: digestOf(BODY) });
    expect((await submitRun(deps, ask({ idempotencyKey: "k" }))).run.id).toBe("first");
  });
});

it("what no profile can ever run is refused with every profile's reasons", async () => {
  const profiles = [
    makeProfile({ name: "small", cpuMillis: 1000, memoryMib: 2048 }),
    makeProfile({
      name: "gpu",
      cpuMillis: 8000,
      memoryMib: 2048,
      taints: [{ key: "gpu", value: "a100", effect: "NoSchedule" }],
    }),
  ];
  const { deps, store } = scene(created, null, profiles);
  const spec = { ...BODY, resources: { cpu: "4", memory: "4Gi" } };
  expect(await refusal(submitRun(deps, ask({ spec })))).toEqual({
    code: "Unplaceable",
    message: "no machine profile of this install can run this",
    fields: [
      {
        path: "resources",
        message: "profile small: needs 4000m cpu, has 1000m; needs 4096Mi memory, has 2048Mi",
      },
      {
        path: "resources",
        message: "profile gpu: needs 4096Mi memory, has 2048Mi; does not tolerate taint gpu=a100",
      },
    ],
  });
  expect(store.calls).toEqual([]);
});

describe("the digests of a run", () => {
  const shapeOf = (spec: unknown) => newRun(parseRunSpec(spec), ask(), "any").shape;

  it("runs that need the same of a worker have one shape, whatever they execute", () => {
    expect(shapeOf({ ...BODY, nodeSelector: { a: "1", b: "2" } })).toBe(
      shapeOf({ shell: "sleep 1", backoffLimit: 9, nodeSelector: { b: "2", a: "1" } }),
    );
  });

  it("runs that need something else have another", () => {
    const shapes = [
      BODY,
      { ...BODY, resources: { cpu: "2" } },
      { ...BODY, resources: { memory: "2Gi" } },
      { ...BODY, nodeSelector: { a: "1" } },
      { ...BODY, tolerations: [{ key: "gpu", operator: "Exists" }] },
      { ...BODY, dedicatedWorker: true },
    ].map(shapeOf);
    expect(new Set(shapes).size).toBe(shapes.length);
  });
});
