import type { AppDeps, Route } from "./http-env.ts";
import { listTemplateRuns, runTemplate } from "./template-runs.ts";
import {
  changeTemplate,
  createTemplate,
  getTemplate,
  listTemplates,
  listVersions,
  readStats,
  setStatus,
} from "./templates.ts";

const ALL = "/v1/templates";
/** By name, or by id. */
const ONE = `${ALL}/:reference`;

/** What the API says of templates and of the runs made from them. */
export const templateRoutes = (deps: AppDeps): readonly Route[] => [
  { method: "POST", path: ALL, handle: (c) => createTemplate(c, deps) },
  { method: "GET", path: ALL, handle: (c) => listTemplates(c, deps) },
  { method: "GET", path: ONE, handle: (c) => getTemplate(c, deps) },
  { method: "PATCH", path: ONE, handle: (c) => changeTemplate(c, deps) },
  { method: "DELETE", path: ONE, handle: (c) => setStatus("Archived")(c, deps) },
  { method: "GET", path: `${ONE}/versions`, handle: (c) => listVersions(c, deps) },
  { method: "POST", path: `${ONE}/enable`, handle: (c) => setStatus("Active")(c, deps) },
  { method: "POST", path: `${ONE}/disable`, handle: (c) => setStatus("Disabled")(c, deps) },
  { method: "POST", path: `${ONE}/runs`, handle: (c) => runTemplate(c, deps) },
  { method: "GET", path: `${ONE}/runs`, handle: (c) => listTemplateRuns(c, deps) },
  { method: "GET", path: `${ONE}/stats`, handle: (c) => readStats(c, deps) },
];
