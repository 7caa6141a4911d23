import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import type { AuditQuestion } from "#core/domain/audit/audit-question.ts";
import { limits } from "#core/domain/limits.ts";
import { SCHEDULER_DEFAULTS } from "#core/domain/scheduling/scheduler-config.ts";
import type { NewProvider } from "#core/ports/provider-records.ts";
import { aKey, anEnd, aRun } from "../support/factories.ts";
import type { StoreFixture } from "../support/store-fixture.ts";
import { cancelOf, deadlineOf } from "../support/store-scene.ts";
import { aTemplate, aTemplateRun, aVersion } from "../support/template-factories.ts";
import { exam, unchanged } from "./exam.ts";
import { endOf } from "./manual.exam.ts";

const ANA = "ana (9f86d081884c7d65)";
const HOUR_MS = 3600_000;

const KEY = { id: "1".repeat(16), keySha256: "1".repeat(64) };

const question = (own: Partial<AuditQuestion> = {}): AuditQuestion => ({
  ...{ type: null, actor: null, from: null, until: null, limit: 100, offset: 0 },
  ...own,
});
const typesOf = async (at: StoreFixture, own: Partial<AuditQuestion> = {}) =>
  (await at.audit.page(question(own))).entries.map(({ type }) => type);
/** Type, actor and payload of what is recorded of a subject, oldest first. */
async function recorded(at: StoreFixture, subject: string) {
  const sql = "select type, actor, payload from hodei.audit_event where subject = $1 order by id";
  return (await at.tables.rows(sql, [subject])).map(({ type, actor, payload }) => [
    ...[type, actor, payload],
  ]);
}
const aProvider = (change: Partial<NewProvider> = {}): NewProvider => ({
  ...{ id: randomUUID(), name: "lab", kind: "docker", status: "Active", priority: 0 },
  ...{ maxWorkers: 10, document: { metadata: { token: "s3cr3t" } } },
  ...change,
});
const patch = (runId: string, priority: number | null, suspend: boolean | null) => [
  { runId, priority, suspend },
];

export const auditRecords = exam({
  "a key is recorded when it is made and when it is revoked, once each": async (at) => {
    const key = aKey({ ...KEY, name: "ci", scope: "admin", createdBy: ANA, lifetimeSeconds: 60 });
    await at.keys.create(key);
    await unchanged(at, () => at.keys.create(key));
    await at.keys.revoke(key.id, null);
    await unchanged(at, () => at.keys.revoke(key.id, ANA));
    const expiresAt = (await at.tables.now()) + 60_000;
    expect(await recorded(at, key.id)).toEqual([
      ["ApiKeyCreated", ANA, { name: "ci", scope: "admin", expiresAt }],
      ["ApiKeyRevoked", "local", { name: "ci" }],
    ]);
    const everything = JSON.stringify(await at.tables.rows("select * from hodei.audit_event"));
    expect(everything).not.toContain(key.keySha256);
  },

  "nothing is recorded of a key that was not stored or not there": async (at) => {
    const key = aKey(KEY);
    await at.keys.create(key);
    const other = { ...key, keySha256: "f".repeat(64) };
    expect(await unchanged(at, () => at.keys.create(other))).toBeNull();
    expect(await unchanged(at, () => at.keys.revoke("2".repeat(16), ANA))).toBeNull();
  },

  "every change of a template is recorded, and no change that was none": async (at) => {
    const template = aTemplate({ name: "nightly", createdBy: ANA });
    const { id, name } = template;
    await at.templates.createTemplate(template);
    await unchanged(at, () => at.templates.createTemplate(aTemplate({ name })));
    await at.templates.addVersion(aVersion(id, 1, { createdBy: null }));
    await unchanged(at, () => at.templates.addVersion(aVersion(id, 1)));
    await at.templates.setStatus(id, "Disabled", null, ANA);
    await unchanged(at, () => at.templates.setStatus(id, "Disabled", null, ANA));
    await unchanged(at, () => at.templates.setStatus(id, "Active", 1, ANA));
    await at.templates.setStatus(id, "Active", 2, ANA);
    await at.templates.setStatus(id, "Archived", null, null);
    await unchanged(at, () => at.templates.setStatus(id, "Active", null, ANA));
    const [first, second] = [1, 2].map((version) => ({ name, version }));
    expect(await recorded(at, id)).toEqual([
      ["TemplateCreated", ANA, first],
      ["TemplateChanged", "local", second],
      ["TemplateDisabled", ANA, second],
      ["TemplateEnabled", ANA, second],
      ["TemplateArchived", "local", second],
    ]);
  },

  "a configuration of scheduling is recorded as it is now": async (at) => {
    const wanted = { ...SCHEDULER_DEFAULTS, strategy: "round-robin" as const };
    await at.scheduler.setScheduler({ ...wanted, version: null }, ANA);
    await unchanged(at, () => at.scheduler.setScheduler({ ...wanted, version: null }, ANA));
    const late = { ...SCHEDULER_DEFAULTS, version: 0 };
    await unchanged(at, () => at.scheduler.setScheduler(late, ANA));
    expect(await recorded(at, "scheduler")).toEqual([
      ["SchedulerConfigured", ANA, { ...wanted, version: 1 }],
    ]);
  },

  "every change of a provider is recorded, without what its owner wrote down": async (at) => {
    const { id, ...one } = aProvider();
    await at.providers.insert({ id, ...one }, ANA);
    await unchanged(at, () => at.providers.insert(aProvider(), ANA));
    await at.providers.update(id, { ...one, priority: 7 }, ANA);
    await unchanged(at, () => at.providers.update(randomUUID(), one, ANA));
    await at.providers.setStatus(id, "Disabled", null);
    await unchanged(at, () => at.providers.setStatus(id, "Disabled", ANA));
    await at.providers.remove(id, ANA);
    await unchanged(at, () => at.providers.remove(id, ANA));
    const own = (await at.providers.all()).find(({ ofInstall }) => ofInstall);
    await unchanged(at, () => at.providers.remove(own?.id ?? "", ANA));
    const { document: _, ...said } = one;
    expect(await recorded(at, id)).toEqual([
      ["ProviderRegistered", ANA, said],
      ["ProviderChanged", ANA, { ...said, priority: 7 }],
      ["ProviderChanged", "local", { ...said, priority: 7, status: "Disabled" }],
      ["ProviderDeleted", ANA, { name: "lab", kind: "docker" }],
    ]);
  },

  "who cancels is recorded once; a deadline is nobody's doing": async (at) => {
    const { runId } = await at.running();
    const cancel = { ...cancelOf(runId), message: "why", by: ANA };
    await at.store.requestStops([cancel]);
    await unchanged(at, () => at.store.requestStops([{ ...cancel, by: "ben" }]));
    expect(await recorded(at, runId)).toEqual([["RunCancelRequested", ANA, { reason: "why" }]]);
    const overdue = await at.submit({ activeDeadlineSeconds: 1 });
    await at.tables.advance(1_000);
    expect(await at.store.requestStops([deadlineOf(overdue)])).toHaveLength(1);
    expect(await recorded(at, overdue)).toEqual([]);
  },

  "who changes a waiting run is recorded, each change apart": async (at) => {
    const runId = await at.submit({ priority: 1 });
    await at.store.patchRuns(patch(runId, 5, true), ANA);
    await unchanged(at, () => at.store.patchRuns(patch(runId, 5, true), ANA));
    await at.store.patchRuns(patch(runId, null, false), null);
    expect(await recorded(at, runId)).toEqual([
      ["RunPriorityChanged", ANA, { from: 1, to: 5 }],
      ["RunSuspended", ANA, {}],
      ["RunResumed", "local", {}],
    ]);
  },

  "who moves a run by hand is recorded, on whatever worker; placement is not": async (at) => {
    const [runId, workerId, executionId] = [await at.submit(), randomUUID(), randomUUID()];
    await at.store.assignManually({ runId, workerId, executionId }, ANA);
    await at.store.startManually(executionId, ANA);
    await at.store.startManually(executionId, ANA);
    await at.store.endManually(await endOf(at, { executionId }, anEnd()), ANA);
    const payload = { attempt: 1, workerId };
    expect(await recorded(at, runId)).toEqual([
      ["RunAssignedByHand", ANA, payload],
      ["RunStartedByHand", ANA, payload],
      ["RunEndedByHand", ANA, { ...payload, outcome: "Succeeded" }],
    ]);
    const ours = await at.ready();
    const pair = { runId: await at.submit(), fence: 0, executionId: randomUUID() };
    await at.store.assignRuns([{ ...pair, workerId: ours.workerId }], null, { by: null });
    expect(await recorded(at, pair.runId)).toEqual([
      ["RunAssignedByHand", "local", { attempt: 1, workerId: ours.workerId }],
    ]);
    expect(await recorded(at, (await at.running()).runId)).toEqual([]);
  },

  "a submit writes no row of its own": async (at) => {
    await at.store.insertRuns([aRun(), aRun()]);
    expect(await at.tables.rows("select id from hodei.audit_event")).toEqual([]);
    expect(await typesOf(at)).toEqual(["RunSubmitted", "RunSubmitted"]);
  },

  "events are swept when they were kept for long enough, and not before": async (at) => {
    await at.keys.create(aKey({ ...KEY, lifetimeSeconds: null }));
    await at.tables.advance(HOUR_MS);
    await at.scheduler.setScheduler(
      { ...SCHEDULER_DEFAULTS, strategy: "affinity", version: null },
      ANA,
    );
    await at.tables.advance(limits.auditRetentionMs - HOUR_MS - 1);
    await unchanged(at, () => at.store.deleteExpired());
    await at.tables.advance(1);
    expect(await at.store.deleteExpired()).toMatchObject({ auditEvents: 1 });
    expect(await typesOf(at)).toEqual(["SchedulerConfigured"]);
  },
});

/** An hour apart: a key of ana's, a run of hers, a run of nobody's, a template of ben's. */
async function history(at: StoreFixture) {
  const start = await at.tables.now();
  await at.keys.create(aKey({ ...KEY, createdBy: ANA }));
  await at.tables.advance(HOUR_MS);
  const mine = { ...aRun({ name: "mine" }), submittedBy: ANA };
  await at.store.insertRuns([mine]);
  await at.tables.advance(HOUR_MS);
  const nobodys = { ...aRun({ name: "nobodys" }), submittedBy: null };
  await at.store.insertRuns([nobodys]);
  await at.tables.advance(HOUR_MS);
  await at.templates.createTemplate(aTemplate({ createdBy: "ben" }));
  return { start, mine: mine.id, nobodys: nobodys.id };
}
const ALL = ["TemplateCreated", "RunSubmitted", "RunSubmitted", "ApiKeyCreated"];

export const auditReads = exam({
  "submits and other events are one log, the newest first": async (at) => {
    const { start, mine } = await history(at);
    expect(await typesOf(at)).toEqual(ALL);
    const { entries, total, isCut } = await at.audit.page(question());
    expect({ total, isCut }).toEqual({ total: 4, isCut: false });
    expect(entries[2]).toEqual({
      ...{ id: `${mine}.1`, at: start + HOUR_MS, type: "RunSubmitted", actor: ANA },
      ...{ subject: mine, payload: { name: "mine" } },
    });
  },

  "each criterion leaves out what does not meet it": async (at) => {
    const { start, mine, nobodys } = await history(at);
    expect(await typesOf(at, { type: "ApiKeyCreated" })).toEqual(["ApiKeyCreated"]);
    expect(await typesOf(at, { type: "RunSubmitted" })).toHaveLength(2);
    expect(await typesOf(at, { actor: ANA })).toEqual(["RunSubmitted", "ApiKeyCreated"]);
    const local = await at.audit.page(question({ actor: "local" }));
    expect(local.entries.map(({ subject }) => subject)).toEqual([nobodys]);
    expect(local.total).toBe(1);
    const range = { from: start + HOUR_MS, until: start + 2 * HOUR_MS };
    const within = await at.audit.page(question(range));
    expect(within.entries.map(({ subject }) => subject)).toEqual([mine]);
    expect(await typesOf(at, { actor: "an" })).toEqual([]);
    expect(await typesOf(at, { actor: ANA, type: "TemplateCreated" })).toEqual([]);
  },

  "pages follow one another without a gap, whatever they are made of": async (at) => {
    await history(at);
    await at.store.insertRuns([aRun(), aRun(), aRun()]);
    await at.keys.create(aKey({ id: "2".repeat(16), keySha256: "2".repeat(64) }));
    const whole = (await at.audit.page(question())).entries;
    expect(whole).toHaveLength(8);
    const pages = [];
    for (let offset = 0; offset < 9; offset += 3)
      pages.push(...(await at.audit.page(question({ limit: 3, offset }))).entries);
    expect(pages).toEqual(whole);
    expect(await at.audit.page(question({ offset: 8 }))).toMatchObject({ entries: [], total: 8 });
  },

  "a look reads the newest of each half, and says that there are older ones": async (at) => {
    const { start } = await history(at);
    const short = at.auditOf(1);
    const { entries, total, isCut } = await short.page(question());
    expect(entries.map(({ type }) => type)).toEqual(["TemplateCreated", "RunSubmitted"]);
    expect({ total, isCut }).toEqual({ total: 2, isCut: true });
    expect(await short.page(question({ actor: ANA }))).toMatchObject({ total: 0, isCut: true });
    const before = { from: null, until: start + 2 * HOUR_MS };
    expect(await short.page(question({ actor: ANA, ...before }))).toMatchObject({ total: 2 });
    expect(await short.counts({ from: null, until: null })).toMatchObject({ isCut: true });
    expect(await at.auditOf(3).counts({ from: null, until: null })).toMatchObject({ isCut: false });
  },

  "events are counted by type, within a time": async (at) => {
    const { start } = await history(at);
    expect(await at.audit.counts({ from: null, until: null })).toEqual({
      counts: [
        { type: "ApiKeyCreated", count: 1 },
        { type: "RunSubmitted", count: 2 },
        { type: "TemplateCreated", count: 1 },
      ],
      isCut: false,
    });
    expect(await at.audit.counts({ from: start + 2 * HOUR_MS, until: null })).toMatchObject({
      counts: [{ type: "RunSubmitted" }, { type: "TemplateCreated" }],
    });
    expect(await at.audit.counts({ from: null, until: start })).toEqual({
      ...{ counts: [], isCut: false },
    });
  },

  "a trail of a run is what people did to it and what it did, oldest first": async (at) => {
    const { nobodys } = await history(at);
    await at.tables.advance(1);
    await at.store.patchRuns(patch(nobodys, 9, null), ANA);
    await at.tables.advance(1);
    await at.store.requestStops([{ ...cancelOf(nobodys), by: "ben" }]);
    const { entries, isCut } = await at.audit.trail(nobodys.toUpperCase());
    expect(entries.map(({ type, actor }) => [type, actor])).toEqual([
      ["RunSubmitted", "local"],
      ["PriorityChanged", null],
      ["RunPriorityChanged", ANA],
      ["StopRequested", null],
      ["Finished", null],
      ["RunCancelRequested", "ben"],
    ]);
    expect(entries[0]).toMatchObject({ id: `${nobodys}.1`, payload: { name: "nobodys" } });
    expect(isCut).toBe(false);
  },

  "a run from a template says which, and none of its values": async (at) => {
    const template = aTemplate();
    await at.templates.createTemplate(template);
    const own = { parameters: { REGION: "v1s1ble" }, secrets: { TOKEN: "s3cr3t" } };
    const run = aTemplateRun(template.id, own);
    await at.templates.insertTemplateRun(run);
    const { entries } = await at.audit.trail(run.id);
    expect(entries[0]).toMatchObject({ payload: { template: template.id, version: 1 } });
    const all = [entries, (await at.audit.page(question())).entries];
    expect(JSON.stringify(all)).not.toMatch(/v1s1ble|s3cr3t/);
  },

  "a trail is cut at its bound, and nothing is known of a stranger": async (at) => {
    const runId = await at.submit();
    for (let n = 1; n <= limits.auditTrailMax; n += 1)
      await at.tables.plant(
        "insert into hodei.audit_event (at, type, actor, subject) values (hodei.clock(), 'RunSuspended', 'ana', $1)",
        [runId],
      );
    const { entries, isCut } = await at.audit.trail(runId);
    expect(entries).toHaveLength(limits.auditTrailMax);
    expect(isCut).toBe(true);
    for (const stranger of ["nobody", randomUUID()])
      expect(await at.audit.trail(stranger)).toEqual({ entries: [], isCut: false });
  },
});
