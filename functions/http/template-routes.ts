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
  { method: "POST", path: ALL, scope: "admin", handle: (c) => createTemplate(c, deps) },
  { method: "GET", path: ALL, scope: "read", handle: (c) => listTemplates(c, deps) },
  { method: "GET", path: ONE, scope: "read", handle: (c) => getTemplate(c, deps) },
  { method: "PATCH", path: ONE, scope: "admin", handle: (c) => changeTemplate(c, deps) },
  { method: "DELETE", path: ONE, scope: "admin", handle: (c) => setStatus("Archived")(c, deps) },
  { method: "GET", path: `${ONE}/versions`, scope: "read", handle: (c) => listVersions(c, deps) },
  {
    method: "POST",
    path: `${ONE}/enable`,
    scope: "admin",
    handle: (c) => setStatus("Active")(c, deps),
  },
  {
    method: "POST",
    path: `${ONE}/disable`,
    scope: "admin",
    handle: (c) => setStatus("Disabled")(c, deps),
  },
  { method: "POST", path: `${ONE}/runs`, scope: "submit", handle: (c) => runTemplate(c, deps) },
  { method: "GET", path: `${ONE}/runs`, scope: "read", handle: (c) => listTemplateRuns(c, deps) },
  { method: "GET", path: `${ONE}/stats`, scope: "read", handle: (c) => readStats(c, deps) },
];
