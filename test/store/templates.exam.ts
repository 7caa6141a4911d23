import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { limits } from "#core/domain/limits.ts";
import { anEnd, aRun } from "../support/factories.ts";
import type { StoreFixture } from "../support/store-fixture.ts";
import { aTemplate, aTemplateRun, aVersion } from "../support/template-factories.ts";
import { exam, unchanged } from "./exam.ts";

const created = async (at: StoreFixture, overrides = {}) => {
  const template = aTemplate(overrides);
  expect(await at.templates.createTemplate(template)).toBe(true);
  return template;
};
const number = async (at: StoreFixture, templateId: string) =>
  (await at.templates.insertTemplateRun(aTemplateRun(templateId))).number;

const ALL = { statuses: [], labels: {}, limit: 100, after: null } as const;

export const templates = exam({
  "a template is read as it was created, by id and by name": async (at) => {
    const template = await created(at, { labels: { team: "a", x: "y" } });
    const now = await at.tables.now();
    const view = {
      ...template,
      ...{ status: "Active", version: 1, newestVersion: 1 },
      ...{ createdAt: now, versionAt: now, updatedAt: now },
    };
    expect(await at.templates.template({ id: template.id })).toEqual(view);
    expect(await at.templates.template({ name: template.name })).toEqual(view);
    expect(await at.templates.templateVersion(template.id, 1)).toEqual(view);
    expect(await at.templates.template({ name: "nobody" })).toBeNull();
    expect(await at.templates.template({ id: randomUUID() })).toBeNull();
    expect(await at.templates.templateVersion(template.id, 2)).toBeNull();
  },

  "a name is given once, until its template is archived": async (at) => {
    const first = await created(at, { name: "nightly" });
    const second = aTemplate({ name: "nightly" });
    expect(await unchanged(at, () => at.templates.createTemplate(second))).toBe(false);
    expect(await unchanged(at, () => at.templates.createTemplate(first))).toBe(false);
    await at.templates.setStatus(first.id, "Disabled", null, null);
    expect(await at.templates.createTemplate(second)).toBe(false);
    await at.templates.setStatus(first.id, "Archived", null, null);
    expect(await at.templates.createTemplate(second)).toBe(true);
    expect(await at.templates.template({ name: "nightly" })).toMatchObject({ id: second.id });
    expect(await at.templates.template({ id: first.id })).toMatchObject({ status: "Archived" });
  },

  "every version is kept, the newest first": async (at) => {
    const { id } = await created(at);
    expect(await at.templates.addVersion(aVersion(id, 1, { createdBy: "other" }))).toBe(true);
    await at.tables.advance(1000);
    expect(await at.templates.addVersion(aVersion(id, 2))).toBe(true);
    const now = await at.tables.now();
    expect(await at.templates.template({ id })).toMatchObject({
      ...{ version: 3, newestVersion: 3, description: "after 2" },
      ...{ versionAt: now, updatedAt: now, createdAt: now - 1000 },
    });
    expect(await at.templates.templateVersion(id, 2)).toMatchObject({
      ...{ version: 2, newestVersion: 3, description: "after 1", createdBy: "other" },
    });
    const versions = async (before: number | null, limit: number) =>
      (await at.templates.versions(id, before, limit)).map(({ version }) => version);
    expect(await versions(null, 2)).toEqual([3, 2]);
    expect(await versions(2, 2)).toEqual([1]);
    expect(await at.templates.versions(randomUUID(), null, 2)).toEqual([]);
  },

  "refused: a change of another version than the newest, or of nobody": async (at) => {
    const { id } = await created(at);
    await at.templates.addVersion(aVersion(id, 1));
    for (const version of [1, 3])
      expect(await unchanged(at, () => at.templates.addVersion(aVersion(id, version)))).toBe(false);
    expect(await at.templates.addVersion(aVersion(randomUUID(), 1))).toBe(false);
  },

  "refused: every change of an archived template, for ever": async (at) => {
    const { id } = await created(at);
    await at.templates.setStatus(id, "Archived", null, null);
    const moves = [
      () => at.templates.addVersion(aVersion(id, 1)),
      () => at.templates.setStatus(id, "Active", null, null),
      () => at.templates.setStatus(id, "Archived", null, null),
    ];
    for (const move of moves) expect(await unchanged(at, move)).toBe(false);
  },

  "a status is set at the expected version only, and again without a trace": async (at) => {
    const { id } = await created(at);
    expect(await unchanged(at, () => at.templates.setStatus(id, "Disabled", 2, null))).toBe(false);
    expect(await at.templates.setStatus(id, "Disabled", 1, null)).toBe(true);
    await at.tables.advance(1000);
    expect(await unchanged(at, () => at.templates.setStatus(id, "Disabled", null, null))).toBe(
      true,
    );
    expect(await at.templates.setStatus(id, "Active", null, null)).toBe(true);
    expect(await at.templates.setStatus(randomUUID(), "Active", null, null)).toBe(false);
  },

  "the list is in order of names, without the archived, page by page": async (at) => {
    const names = ["c", "a", "b"];
    const made = await Promise.all(
      names.map((name) => created(at, { name, labels: { first: String(name === "a") } })),
    );
    await at.templates.setStatus(made[2]?.id ?? "", "Archived", null, null);
    await at.templates.setStatus(made[0]?.id ?? "", "Disabled", null, null);
    const list = async (filter: Partial<Parameters<typeof at.templates.templates>[0]>) =>
      (await at.templates.templates({ ...ALL, ...filter })).map(({ name }) => name);
    expect(await list({})).toEqual(["a", "c"]);
    expect(await list({ statuses: ["Archived", "Disabled"] })).toEqual(["b", "c"]);
    expect(await list({ labels: { first: "true" } })).toEqual(["a"]);
    expect(await list({ limit: 1 })).toEqual(["a"]);
    expect(await list({ limit: 1, after: { name: "a", id: made[1]?.id ?? "" } })).toEqual(["c"]);
  },
});

export const templateRuns = exam({
  "a run knows its template, version, number and values, a secret only by name": async (at) => {
    const { id, name } = await created(at);
    await at.templates.addVersion(aVersion(id, 1));
    const run = aTemplateRun(id, {
      ...{ templateVersion: 2, parameters: { REGION: "eu", COUNT: 3, TOKEN: null } },
      secrets: { TOKEN: "s3cret" },
    });
    const inserted = await at.templates.insertTemplateRun(run);
    const now = await at.tables.now();
    expect(inserted).toMatchObject({
      ...{ id: run.id, full: false, poked: false, number: 1 },
      stored: { createdAt: now, reason: "Queued", workerId: null },
    });
    const template = { id, name, version: 2, number: 1 };
    const parameters = { REGION: "eu", COUNT: 3, TOKEN: null };
    const shown = await at.reader.run(run.id);
    expect(shown).toMatchObject({ template, parameters, phase: "Pending" });
    const { runs } = await at.reader.runs({ phases: [], labels: {}, limit: 9, cursor: null });
    expect(runs).toMatchObject([{ id: run.id, template }]);
    expect(JSON.stringify([shown, runs])).not.toContain("s3cret");
    expect(await at.templates.runValues(run.id)).toEqual({ ...parameters, TOKEN: "s3cret" });
    expect(await at.tables.events(run.id)).toEqual(["Submitted"]);
  },

  "a plain run has no template, and may repeat another": async (at) => {
    const first = await at.submit();
    const again = { ...aTemplateRun(""), rerunOf: first };
    await at.store.insertRuns([again]);
    expect(await at.reader.run(again.id)).toMatchObject({
      ...{ template: null, parameters: null, rerunOf: first },
    });
    expect(await at.templates.runValues(again.id)).toEqual({});
  },

  "its worker is told the values, secret ones too, by placing and by a look": async (at) => {
    const { id } = await created(at);
    const run = aTemplateRun(id, { parameters: { A: true, T: null }, secrets: { T: "t" } });
    await at.templates.insertTemplateRun(run);
    const stream = await at.ready();
    const pair = { runId: run.id, fence: 0, workerId: stream.workerId, executionId: randomUUID() };
    const parameters = { A: true, T: "t" };
    expect(await at.store.assignRuns([pair], stream.gatewayId)).toMatchObject([
      { dispatch: { parameters } },
    ]);
    expect(await at.store.dispatches(stream.gatewayId)).toMatchObject([{ parameters }]);
    expect(await at.store.heldByWorker(stream.workerId)).toMatchObject([{ parameters }]);
    const plain = await at.assigned();
    expect(await at.store.heldByWorker(plain.workerId)).toMatchObject([{ parameters: null }]);
  },

  "numbers rise by one, each template's own, and none is spent for nothing": async (at) => {
    const [one, other] = [await created(at), await created(at)];
    const first = aTemplateRun(one.id, {}, { key: "k" });
    expect(await at.templates.insertTemplateRun(first)).toMatchObject({ number: 1 });
    for (const again of [first, aTemplateRun(one.id, {}, { key: "k" })])
      expect(await unchanged(at, () => at.templates.insertTemplateRun(again))).toMatchObject({
        ...{ stored: null, number: null, full: false },
      });
    expect(await number(at, one.id)).toBe(2);
    expect(await number(at, other.id)).toBe(1);
    expect(await unchanged(at, () => number(at, randomUUID()))).toBeNull();
  },

  "many runs at once get numbers without a gap": async (at) => {
    const { id } = await created(at);
    const numbers = await Promise.all(Array.from({ length: 12 }, () => number(at, id)));
    expect(numbers.sort((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: 12 }, (_, index) => index + 1),
    );
  },

  "a number is not given again when its run is deleted": async (at) => {
    const { id } = await created(at);
    const run = aTemplateRun(id, { secrets: { T: "t" }, parameters: { T: null } });
    await at.templates.insertTemplateRun(run);
    await at.cancel(run.id);
    await at.tables.write("update hodei.run set expires_at = hodei.clock()");
    expect(await at.store.deleteExpired()).toMatchObject({ runs: 1 });
    expect(await at.tables.rows("select run_id from hodei.run_secret")).toEqual([]);
    expect(await number(at, id)).toBe(2);
  },

  "refused: a run of a template that is disabled or archived; those that exist go on": async (
    at,
  ) => {
    const { id } = await created(at);
    const run = aTemplateRun(id);
    await at.templates.insertTemplateRun(run);
    await at.templates.setStatus(id, "Disabled", null, null);
    expect(await unchanged(at, () => number(at, id))).toBeNull();
    const held = await at.assign(run.id, await at.ready());
    await at.store.acceptAttempts([held]);
    expect(await at.report(held)).toMatchObject({ recorded: { phase: "Succeeded" } });
    await at.templates.setStatus(id, "Active", null, null);
    expect(await number(at, id)).toBe(2);
    await at.templates.setStatus(id, "Archived", null, null);
    expect(await unchanged(at, () => number(at, id))).toBeNull();
  },

  "a full queue takes no run and spends no number": async (at) => {
    const { id } = await created(at);
    await at.tables.plant(`update hodei.control set pending_count = ${limits.pendingRunsMax}`);
    const run = aTemplateRun(id);
    expect(await unchanged(at, () => at.templates.insertTemplateRun(run))).toMatchObject({
      ...{ stored: null, full: true, number: null },
    });
  },

  "a run is born suspended: numbered, but not in the queue, without a deadline, and nobody is told":
    async (at) => {
      const { id } = await created(at);
      const worker = await at.ready();
      await at.store.beatGateway(worker.gatewayId, "10.0.0.1:50051");
      const run = aTemplateRun(id, aRun({ suspend: true, activeDeadlineSeconds: 1 }));
      expect(await at.templates.insertTemplateRun(run)).toMatchObject({
        ...{ stored: { reason: "Suspended", deadlineAt: null }, poked: false, number: 1 },
      });
      const row = await at.tables.run(run.id);
      expect(row).toMatchObject({
        ...{ phase: "Pending", pending_reason: "Suspended", suspended_at: row.created_at },
        deadline_at: "infinity",
      });
      await at.tables.advance(3600_000);
      expect(await at.store.overdueRuns(10)).toEqual([]);
      await at.store.patchRuns([{ runId: run.id, priority: null, suspend: false }], null);
      await at.assign(run.id, await at.ready());
    },

  "gateways are told of a run while an idle worker waits, and only of one that was stored": async (
    at,
  ) => {
    const { id } = await created(at);
    const idle = await at.ready();
    const insert = (run = aTemplateRun(id)) => at.templates.insertTemplateRun(run);
    expect(await insert()).toMatchObject({ poked: false });
    await at.store.beatGateway(idle.gatewayId, "10.0.0.1:50051");
    expect(await insert()).toMatchObject({ poked: true });
    await at.tables.advance(limits.leaseMs);
    await at.store.beatGateway(idle.gatewayId, "10.0.0.1:50051");
    expect(await insert()).toMatchObject({ poked: false });
  },

  "runs of a template are listed by number, by phase, page by page": async (at) => {
    const [one, other] = [await created(at), await created(at)];
    const runs = [aTemplateRun(one.id), aTemplateRun(one.id), aTemplateRun(one.id)];
    for (const run of runs) await at.templates.insertTemplateRun(run);
    await number(at, other.id);
    await at.cancel(runs[1]?.id ?? "");
    const list = async (filter: object) =>
      (await at.templates.runs({ id: one.id, phases: [], limit: 9, before: null, ...filter })).map(
        ({ template }) => template?.number,
      );
    expect(await list({})).toEqual([3, 2, 1]);
    expect(await list({ limit: 1, before: 3 })).toEqual([2]);
    expect(await list({ phases: ["Pending"] })).toEqual([3, 1]);
    expect(await list({ phases: ["Cancelled", "Failed"] })).toEqual([2]);
  },

  "the newest runs are counted, up to a bound, and it says that there are older ones": async (
    at,
  ) => {
    const { id } = await created(at);
    const first = aTemplateRun(id);
    await at.templates.insertTemplateRun(first);
    const copy = (runId: string, from: number, to: number) =>
      at.tables.plant(
        `insert into hodei.run select (jsonb_populate_record(r, jsonb_build_object('id', gen_random_uuid(),
          'template_number', n))).* from hodei.run r, generate_series($2::int, $3::int) n where r.id = $1`,
        [runId, from, to],
      );
    const runs = limits.templateStatsRunsMax;
    await copy(first.id, 2, runs);
    await at.cancel(first.id);
    expect(await at.templates.stats(id)).toMatchObject({ runs, isCut: false, cancelled: 1 });
    const [waiting] = await at.templates.runs({ id, phases: [], limit: 1, before: null });
    expect(waiting).toMatchObject({ phase: "Pending" });
    await copy(waiting?.id ?? "", runs + 1, runs + 1);
    expect(await at.templates.stats(id)).toMatchObject({ runs, isCut: true, cancelled: 0 });
  },

  "what is counted is what the runs are": async (at) => {
    const { id } = await created(at);
    expect(await at.templates.stats(id)).toEqual({
      ...{ numbers: 0, runs: 0, isCut: false, open: 0, succeeded: 0, failed: 0, cancelled: 0 },
      ...{ lastRun: null, durationsMs: null },
    });
    const run = async () => {
      const made = aTemplateRun(id);
      await at.templates.insertTemplateRun(made);
      return made.id;
    };
    for (const ranMs of [1000, 3000, 8000]) {
      const held = await at.assign(await run(), await at.ready());
      await at.store.acceptAttempts([held]);
      await at.tables.advance(ranMs);
      await at.report(held);
    }
    const failing = await at.assign(await run(), await at.ready());
    await at.store.acceptAttempts([failing]);
    await at.report(failing, anEnd({ failure: "app", exitCode: 1 }));
    await at.cancel(await run());
    const last = await run();
    await at.submit();
    expect(await at.templates.stats(id)).toEqual({
      ...{ numbers: 6, runs: 6, isCut: false, open: 1, succeeded: 3, failed: 1, cancelled: 1 },
      lastRun: { id: last, number: 6, phase: "Pending", createdAt: await at.tables.now() },
      durationsMs: { mean: 4000, median: 3000, p95: 8000, max: 8000 },
    });
  },
});
