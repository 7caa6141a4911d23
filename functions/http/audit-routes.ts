import type { AppDeps, Route } from "./http-env.ts";

/** Who did what: seldom asked for, so a start does not read it. */
export const auditRoutes = (deps: AppDeps): readonly Route[] => [
  {
    method: "GET",
    path: "/v1/audit",
    scope: "admin",
    handle: async (c) => (await import("./audit.ts")).listAudit(c, await deps.audit()),
  },
  {
    method: "GET",
    path: "/v1/audit/counts",
    scope: "admin",
    handle: async (c) => (await import("./audit.ts")).countAudit(c, await deps.audit()),
  },
];
