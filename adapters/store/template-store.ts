import { actorOf } from "#core/domain/audit/audit-event.ts";
import { limits } from "#core/domain/limits.ts";
import type { PlainValues } from "#core/domain/template/parameter.ts";
import type { RunSummary } from "#core/ports/run-reader.ts";
import type {
  NewTemplate,
  NewVersion,
  TemplateStats,
  TemplateStore,
  TemplateSummary,
  TemplateView,
} from "#core/ports/template-store.ts";
import { domainQuery } from "./domain-query.ts";
import { insertNumbered } from "./insert-numbered.ts";
import {
  listTemplateRuns,
  listTemplates,
  listTemplateVersions,
  readRunValues,
  readTemplate,
  readTemplateStats,
  readTemplateVersion,
} from "./reads/templates.ts";
import type { SqlClient, SqlParameters, Statement } from "./sql-client.ts";
import {
  addTemplateVersion,
  createTemplate,
  setTemplateStatus,
} from "./transitions/change-templates.ts";
import { insertTemplateRun } from "./transitions/insert-template-run.ts";

const NO_STATS: TemplateStats = {
  ...{ numbers: 0, runs: 0, isCut: false, open: 0, succeeded: 0, failed: 0, cancelled: 0 },
  ...{ lastRun: null, durationsMs: null },
};

/** With who is recorded to have done it. */
const recorded = (change: NewTemplate | NewVersion): string =>
  JSON.stringify({ ...change, actor: actorOf(change.createdBy) });

/** The template store over either driver. */
export function createTemplateStore(sql: SqlClient): TemplateStore {
  const query = domainQuery(sql);
  const isApplied = async (statement: Statement, parameters: SqlParameters): Promise<boolean> =>
    (await query(statement, parameters)).length === 1;
  return {
    createTemplate: (template) => isApplied(createTemplate, { doc: recorded(template) }),
    addVersion: (change) => isApplied(addTemplateVersion, { doc: recorded(change) }),
    setStatus: (id, status, version, by) =>
      isApplied(setTemplateStatus, { id, status, version, actor: actorOf(by) }),
    insertTemplateRun: (run) => insertNumbered(query, insertTemplateRun, run, {}),
    template: async (reference) => {
      const { id = null, name = null } = { id: null, name: null, ...reference };
      return (await query<TemplateView>(readTemplate, { id, name }))[0] ?? null;
    },
    templateVersion: async (id, version) =>
      (await query<TemplateView>(readTemplateVersion, { id, version }))[0] ?? null,
    templates: ({ statuses, labels, limit, after }) =>
      query<TemplateSummary>(listTemplates, {
        statuses: JSON.stringify(statuses),
        labels: JSON.stringify(labels),
        afterName: after?.name ?? null,
        afterId: after?.id ?? null,
        limit,
      }),
    versions: (id, before, limit) =>
      query<TemplateSummary>(listTemplateVersions, { id, before, limit }),
    runs: ({ id, phases, limit, before }) =>
      query<RunSummary>(listTemplateRuns, { id, phases: JSON.stringify(phases), limit, before }),
    stats: async (id) =>
      (
        await query<TemplateStats>(readTemplateStats, { id, max: limits.templateStatsRunsMax })
      )[0] ?? NO_STATS,
    runValues: async (runId) => {
      const [row] = await query<{ values: PlainValues | null }>(readRunValues, { id: runId });
      return row?.values ?? {};
    },
  };
}
