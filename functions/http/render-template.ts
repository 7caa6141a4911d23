/** Templates → the JSON of the API. */
import type {
  TemplateBody,
  TemplateStatsBody,
  TemplateSummaryBody,
} from "#core/domain/spec/template-api.ts";
import type { TemplateStats, TemplateSummary, TemplateView } from "#core/ports/template-store.ts";
import { instant } from "./render.ts";

export const renderTemplateSummary = (template: TemplateSummary): TemplateSummaryBody => ({
  id: template.id,
  name: template.name,
  status: template.status,
  version: template.version,
  newestVersion: template.newestVersion,
  description: template.description,
  labels: template.labels,
  createdBy: template.createdBy,
  createdAt: instant(template.createdAt),
  versionAt: instant(template.versionAt),
  updatedAt: instant(template.updatedAt),
});

export const renderTemplate = (template: TemplateView): TemplateBody => ({
  ...renderTemplateSummary(template),
  spec: template.spec,
  parameters: template.parameters,
});

export const renderTemplateStats = ({ lastRun, ...stats }: TemplateStats): TemplateStatsBody => ({
  ...stats,
  lastRun: lastRun === null ? null : { ...lastRun, createdAt: instant(lastRun.createdAt) },
});
