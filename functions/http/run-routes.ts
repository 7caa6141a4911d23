import { cancelRuns } from "./cancel-runs.ts";
import { dryRun } from "./dry-run.ts";
import { explainRun } from "./explain.ts";
import type { AppDeps, Route } from "./http-env.ts";
import { readLogs, verifyLogs } from "./logs.ts";
import { patchRun } from "./patch-run.ts";
import { cancelRun, getRun, listAttempts, listEvents, listRuns, submitRun } from "./runs.ts";
import { submitRuns } from "./submit-runs.ts";
import { rerun } from "./template-runs.ts";
import { readRunUsage } from "./usage.ts";

/** What the API says of runs. `clock`: for those that wait. */
export const runRoutes = (
  deps: AppDeps,
  clock: Required<Pick<AppDeps, "now" | "pause">>,
): readonly Route[] => [
  { method: "POST", path: "/v1/runs", scope: "submit", handle: (c) => submitRun(c, deps) },
  { method: "GET", path: "/v1/runs", scope: "read", handle: (c) => listRuns(c, deps, clock) },
  { method: "POST", path: "/v1/runs/bulk", scope: "submit", handle: (c) => submitRuns(c, deps) },
  { method: "POST", path: "/v1/runs/dry-run", scope: "submit", handle: (c) => dryRun(c, deps) },
  { method: "POST", path: "/v1/runs/cancel", scope: "submit", handle: (c) => cancelRuns(c, deps) },
  { method: "GET", path: "/v1/runs/:id", scope: "read", handle: (c) => getRun(c, deps, clock) },
  { method: "PATCH", path: "/v1/runs/:id", scope: "submit", handle: (c) => patchRun(c, deps) },
  {
    method: "GET",
    path: "/v1/runs/:id/attempts",
    scope: "read",
    handle: (c) => listAttempts(c, deps),
  },
  {
    method: "GET",
    path: "/v1/runs/:id/events",
    scope: "read",
    handle: (c) => listEvents(c, deps),
  },
  {
    method: "GET",
    path: "/v1/runs/:id/logs",
    scope: "read",
    handle: (c) => readLogs(c, deps, clock),
  },
  {
    method: "GET",
    path: "/v1/runs/:id/logs/verify",
    scope: "read",
    handle: (c) => verifyLogs(c, deps),
  },
  {
    method: "GET",
    path: "/v1/runs/:id/explain",
    scope: "read",
    handle: (c) => explainRun(c, deps),
  },
  {
    method: "GET",
    path: "/v1/runs/:id/usage",
    scope: "read",
    handle: (c) => readRunUsage(c, deps, clock),
  },
  {
    method: "POST",
    path: "/v1/runs/:id/cancel",
    scope: "submit",
    handle: (c) => cancelRun(c, deps),
  },
  {
    method: "POST",
    path: "/v1/runs/:id/rerun",
    scope: "submit",
    handle: (c) => rerun(c, deps),
  },
];
