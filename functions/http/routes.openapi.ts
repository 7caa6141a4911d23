import { countAuditRoute, listAuditRoute } from "./audit.openapi.ts";
import { cancelRunsRoute } from "./cancel-runs.openapi.ts";
import { dryRunRoute } from "./dry-run.openapi.ts";
import { explainRunRoute } from "./explain.openapi.ts";
import { getInvariantsRoute } from "./invariants.openapi.ts";
import { createKeyRoute, listKeysRoute, revokeKeyRoute } from "./keys.openapi.ts";
import { readLogsRoute, verifyLogsRoute } from "./logs.openapi.ts";
import { patchRunRoute } from "./patch-run.openapi.ts";
import {
  changeProviderRoute,
  createProviderRoute,
  deleteProviderRoute,
  disableProviderRoute,
  enableProviderRoute,
  getProviderRoute,
  listProvidersRoute,
  readProviderStatsRoute,
} from "./providers.openapi.ts";
import { getQueueRoute } from "./queue.openapi.ts";
import type { RouteDescription } from "./route-description.ts";
import {
  cancelRunRoute,
  getRunRoute,
  listAttemptsRoute,
  listEventsRoute,
  listRunsRoute,
  submitRunRoute,
} from "./runs.openapi.ts";
import { getSchedulerRoute, putSchedulerRoute } from "./scheduler.openapi.ts";
import { healthRoute, openApiRoute } from "./server.openapi.ts";
import { submitRunsRoute } from "./submit-runs.openapi.ts";
import { listTemplateRunsRoute, rerunRoute, runTemplateRoute } from "./template-runs.openapi.ts";
import {
  archiveTemplateRoute,
  changeTemplateRoute,
  createTemplateRoute,
  disableTemplateRoute,
  enableTemplateRoute,
  getTemplateRoute,
  listTemplatesRoute,
  listVersionsRoute,
  readStatsRoute,
} from "./templates.openapi.ts";
import { readRunUsageRoute, readWorkerUsageRoute } from "./usage.openapi.ts";
import { listWorkersRoute } from "./workers.openapi.ts";

/** Every route of `app.ts`, in the order in which the document shows them. */
export const DESCRIBED_ROUTES: readonly RouteDescription[] = [
  submitRunRoute,
  submitRunsRoute,
  dryRunRoute,
  listRunsRoute,
  getRunRoute,
  listAttemptsRoute,
  listEventsRoute,
  readLogsRoute,
  verifyLogsRoute,
  explainRunRoute,
  readRunUsageRoute,
  cancelRunRoute,
  cancelRunsRoute,
  patchRunRoute,
  rerunRoute,
  createTemplateRoute,
  listTemplatesRoute,
  getTemplateRoute,
  changeTemplateRoute,
  archiveTemplateRoute,
  listVersionsRoute,
  enableTemplateRoute,
  disableTemplateRoute,
  runTemplateRoute,
  listTemplateRunsRoute,
  readStatsRoute,
  listWorkersRoute,
  readWorkerUsageRoute,
  listProvidersRoute,
  createProviderRoute,
  readProviderStatsRoute,
  getProviderRoute,
  changeProviderRoute,
  deleteProviderRoute,
  enableProviderRoute,
  disableProviderRoute,
  getQueueRoute,
  getSchedulerRoute,
  putSchedulerRoute,
  createKeyRoute,
  listKeysRoute,
  revokeKeyRoute,
  listAuditRoute,
  countAuditRoute,
  getInvariantsRoute,
  healthRoute,
  openApiRoute,
];
