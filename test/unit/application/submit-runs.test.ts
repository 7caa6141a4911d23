import { describe, expect, it } from "vitest";
import { newRun } from "#core/application/new-run.ts";
import type { SubmitWithId } from "#core/application/operations.ts";
import { submitRuns } from "#core/application/submit-runs.ts";
import { DomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import { parseRunSpec } from "#core/domain/spec/parse-run-spec.ts";
import type { ControlStore, InsertedRun, RunHolder, StoredRun } from "#core/ports/control-store.ts";
import { recordingTelemetry } from "../../support/fakes/recorders.ts";
import { stub } from "../../support/fakes/stub.ts";
import { refusal } from "../../support/refusal.ts";
import { makeProfile } from "../domain/make.ts";

const STORED: StoredRun = {
  createdAt: 1000,
  notBefore: 1000,
  deadlineAt: 9000,
  reason: "Queued",
  workerId: null,
};
const TRUE = { command: ["true"] };
const FALSE = { command: ["false"] };
const ask = (spec: unknown = TRUE, idempotencyKey: string | null = null): SubmitWithId => ({
  ...{ spec, idempotencyKey, submittedBy: "ana" },
});
const digestOf = (spec: unknown) => newRun(parseRunSpec(spec), ask(), "any").digest;
const item = (item: SubmitWithId) => item;

interface Given {
  /** Who holds which key already. */
  readonly held?: Readonly<Record<string, RunHolder>>;
  readonly full?: boolean;
  readonly poked?: boolean;
  /** Methods of the store that answer otherwise. */
  readonly answers?: Partial<ControlStore>;
}

/** A store in which these keys are held; ids are n1, n2, … in the order of the items. */
function scene({ held = {}, full = false, poked = false, answers }: Given = {}) {
  const wakes: (number | undefined)[] = [];
  const telemetry = recordingTelemetry();
  const store = stub<ControlStore>({
    insertRuns: async (runs) =>
      runs.map(({ id, idempotencyKey }): InsertedRun => {
        const isHeld = idempotencyKey !== null && idempotencyKey in held;
        return { id, stored: isHeld || full ? null : STORED, full, poked: poked && !isHeld };
      }),
    findRuns: async (wanted) =>
      new Map(
        wanted.flatMap(({ id, idempotencyKey }): [string, RunHolder][] => {
          const holder = held[idempotencyKey ?? ""];
          return holder ? [[id, holder]] : [];
        }),
      ),
    ...answers,
  });
  const wake = { wake: async (delayMs?: number) => void wakes.push(delayMs) };
  let made = 0;
  const newId = () => `n${++made}`;
  const deps = {
    insertRuns: (...args: Parameters<ControlStore["insertRuns"]>) => store.insertRuns(...args),
    ...{ store, wake, telemetry, newId, profiles: [makeProfile()] },
  };
  const submit = (items: readonly SubmitWithId[]) =>
    submitRuns(deps, { field: "runs", items, read: item });
  const stored = () =>
    (store.calls[0]?.args[0] as { id: string }[] | undefined)?.map(({ id }) => id);
  return { submit, store, stored, wakes, telemetry };
}

describe("many submits", () => {
  it("are one statement and one wake, answered in order", async () => {
    const { submit, store, wakes, telemetry } = scene();
    expect(await submit([ask(), ask(FALSE, "k"), ask()])).toEqual([
      { id: "n1", created: true },
      { id: "n2", created: true },
      { id: "n3", created: true },
    ]);
    expect(store.calls.map(({ method }) => method)).toEqual(["insertRuns", "findRuns"]);
    expect(store.calls[1]?.args).toEqual([[]]); // nobody to look for: no statement
    expect(store.calls[0]?.args[0]).toMatchObject([
      { id: "n1", submittedBy: "ana", idempotencyKey: null, digest: digestOf(TRUE) },
      { id: "n2", submittedBy: "ana", idempotencyKey: "k", digest: digestOf(FALSE) },
      { id: "n3" },
    ]);
    expect(wakes).toEqual([0]);
    expect(telemetry.counted("runs_submitted_total", { outcome: "created" })).toBe(3);
    expect(telemetry.counted("runs_submitted_total", { outcome: "repeated" })).toBe(0);
  });

  it("that a gateway was told of wake nobody else", async () => {
    const { submit, wakes } = scene({ poked: true });
    await submit([ask(), ask()]);
    expect(wakes).toEqual([]);
  });

  it("ask for a look now and one by the first later start", async () => {
    const later = (seconds: number) =>
      ask({ ...TRUE, startAfter: new Date(Date.now() + seconds * 1000).toISOString() });
    const mixed = scene();
    await mixed.submit([later(7200), ask(), later(3600)]);
    expect(mixed.wakes).toEqual([0, expect.closeTo(3600_000, -4)]);
    const told = scene({ poked: true });
    await told.submit([ask(), later(3600)]);
    expect(told.wakes).toEqual([expect.closeTo(3600_000, -4)]);
    const onlyLater = scene();
    await onlyLater.submit([later(3600)]);
    expect(onlyLater.wakes).toEqual([expect.closeTo(3600_000, -4)]);
  });
});

describe("a key that is held", () => {
  const held = { k: { id: "first", digest: digestOf(TRUE) } };

  it("answers its run for the same body, a conflict for another, and the rest is stored", async () => {
    const { submit, wakes, telemetry } = scene({ held });
    expect(await submit([ask(TRUE, "k"), ask(TRUE, "new")])).toEqual([
      { id: "first", created: false },
      { id: "n2", created: true },
    ]);
    expect(await submit([ask(FALSE, "k")])).toEqual([
      {
        id: null,
        error: {
          code: "IdempotencyConflict",
          message: "another run was submitted under this key: holds run first with another body",
        },
      },
    ]);
    expect(wakes).toEqual([0]);
    expect(telemetry.counted("runs_submitted_total", { outcome: "repeated" })).toBe(1);
    expect(telemetry.counted("runs_submitted_total", { outcome: "created" })).toBe(1);
  });

  it("is looked up for all in one statement", async () => {
    const both = { ...held, l: { id: "second", digest: digestOf(TRUE) } };
    const { submit, store } = scene({ held: both });
    await submit([ask(TRUE, "k"), ask(TRUE, "new"), ask(TRUE, "l")]);
    expect(store.calls.map(({ method }) => method)).toEqual(["insertRuns", "findRuns"]);
    expect(store.calls[1]?.args[0]).toMatchObject([
      { id: "n1", idempotencyKey: "k" },
      { id: "n3", idempotencyKey: "l" },
    ]);
  });

  it("twice in one request is compared with its holder each time, as two calls would be", async () => {
    const { submit } = scene({ held });
    expect(await submit([ask(FALSE, "k"), ask(TRUE, "k")])).toMatchObject([
      { id: null, error: { code: "IdempotencyConflict" } },
      { id: "first", created: false },
    ]);
  });

  it("whose run is deleted between the two looks is told to try again, the others are stored", async () => {
    const { submit } = scene({ held, answers: { findRuns: async () => new Map() } });
    expect(await submit([ask(TRUE, "k"), ask()])).toMatchObject([
      { id: null, error: { code: "StoreUnavailable" } },
      { id: "n2", created: true },
    ]);
  });
});

describe("one key twice in a request", () => {
  it("is one run for the same body", async () => {
    const { submit, stored, telemetry } = scene();
    expect(await submit([ask(TRUE, "k"), ask(), ask(TRUE, "k")])).toEqual([
      { id: "n1", created: true },
      { id: "n2", created: true },
      { id: "n1", created: false },
    ]);
    expect(stored()).toEqual(["n1", "n2"]);
    expect(telemetry.counted("runs_submitted_total", { outcome: "repeated" })).toBe(1);
  });

  it("is a conflict of the second for another body", async () => {
    const { submit, stored } = scene();
    expect(await submit([ask(TRUE, "k"), ask(FALSE, "k"), ask(TRUE, "k")])).toMatchObject([
      { id: "n1", created: true },
      { id: null, error: { code: "IdempotencyConflict" } },
      { id: "n1", created: false },
    ]);
    expect(stored()).toEqual(["n1"]);
  });
});

describe("a full queue", () => {
  it("refuses each new run and still answers what it holds", async () => {
    const held = { k: { id: "first", digest: digestOf(TRUE) } };
    const { submit, wakes, telemetry } = scene({ held, full: true });
    expect(await submit([ask(), ask(TRUE, "k"), ask(TRUE, "x"), ask(TRUE, "x")])).toMatchObject([
      { id: null, error: { code: "QueueFull" } },
      { id: "first", created: false },
      { id: null, error: { code: "QueueFull" } },
      { id: null, error: { code: "QueueFull" } },
    ]);
    expect(wakes).toEqual([]);
    expect(telemetry.counted("runs_submitted_total", { outcome: "created" })).toBe(0);
  });
});

describe("one bad item refuses all, before anything is stored", () => {
  const TOO_LARGE = { shell: "x".repeat(limits.specBytesMax) };
  const UNPLACEABLE = { ...TRUE, resources: { cpu: "900" } };

  it("naming the bad fields of all items by their paths", async () => {
    const { submit, store, wakes } = scene();
    const bad = [ask(), ask({ command: [1] }), ask({ ...TRUE, env: { "A=B": "" } }), ask("x")];
    const { code, message, fields } = await refusal(submit(bad));
    expect(code).toBe("InvalidSpec");
    expect(message).toMatch(
      /^3 runs cannot be taken, so none was: runs\[1\]\.command\[0\] must be/,
    );
    expect(fields.map(({ path }) => path)).toEqual([
      "runs[1].command[0]",
      'runs[2].env["A=B"]',
      "runs[3]",
    ]);
    expect(store.calls).toEqual([]);
    expect(wakes).toEqual([]);
  });

  it.each<[string, unknown[], string, string[]]>([
    ["too large", [TRUE, TOO_LARGE], "SpecTooLarge", ["runs[1]"]],
    ["unplaceable", [UNPLACEABLE, TRUE], "Unplaceable", ["runs[0].resources"]],
    ["both", [UNPLACEABLE, TOO_LARGE], "Unplaceable", ["runs[0].resources", "runs[1]"]],
    ["a bad field too", [TOO_LARGE, {}], "InvalidSpec", ["runs[0]", "runs[1].command"]],
  ])("%s", async (_what, specs, code, paths) => {
    const { submit, store } = scene();
    const refused = await refusal(submit(specs.map((spec) => ask(spec))));
    expect(refused.code).toBe(code);
    expect(refused.fields.map(({ path }) => path)).toEqual(paths);
    expect(store.calls).toEqual([]);
  });

  it("of very many bad fields the first are named, and no item behind them is looked at", async () => {
    const { submit } = scene();
    const words = Array.from({ length: limits.bulkProblemsMax - 1 }, () => 1);
    const { fields } = await refusal(submit([{ command: words }, {}, {}, {}].map((s) => ask(s))));
    expect(fields).toHaveLength(limits.bulkProblemsMax);
    expect(fields.at(-1)?.path).toBe("runs[1].command");
  });

  it.each([0, limits.bulkRunsMax + 1])("%i items", async (count) => {
    const { submit, store } = scene();
    const refused = await refusal(submit(Array.from({ length: count }, () => ask())));
    expect(refused.code).toBe("InvalidRequest");
    expect(refused.fields).toEqual([
      { path: "runs", message: `must hold 1 to ${limits.bulkRunsMax} runs` },
    ]);
    expect(store.calls).toEqual([]);
  });

  it("as many as there may be are taken", async () => {
    const { submit } = scene();
    const all = await submit(Array.from({ length: limits.bulkRunsMax }, () => ask()));
    expect(all.every((one) => one.id !== null && one.created)).toBe(true);
  });
});

it("what the store refuses is refused as a whole", async () => {
  const away = new DomainError("StoreUnavailable", "away");
  const { submit, wakes } = scene({ answers: { insertRuns: () => Promise.reject(away) } });
  await expect(submit([ask(), ask()])).rejects.toBe(away);
  expect(wakes).toEqual([]);
});
