import type { AppDeps, HttpContext, Route } from "./http-env.ts";

const ALL = "/v1/schedules";
/** By name, or by id. */
const ONE = `${ALL}/:reference`;

type Handlers = typeof import("./schedules.ts");

/** What the API says of schedules: seldom asked for, so a start does not read it. */
export function scheduleRoutes(deps: AppDeps): readonly Route[] {
  const by =
    (handler: (handlers: Handlers) => (c: HttpContext, deps: AppDeps) => Promise<Response>) =>
    async (c: HttpContext) =>
      handler(await import("./schedules.ts"))(c, deps);
  const reads = [
    [ALL, by((at) => at.listSchedules)],
    [`${ALL}/upcoming`, by((at) => at.listUpcoming)],
    [`${ALL}/check`, by((at) => at.checkExpression)],
    [ONE, by((at) => at.getSchedule)],
  ] as const;
  const changes = [
    ["POST", ALL, by((at) => at.createSchedule)],
    ["PATCH", ONE, by((at) => at.changeSchedule)],
    ["DELETE", ONE, by((at) => at.deleteSchedule)],
    ["POST", `${ONE}/enable`, by((at) => at.setEnabled(true))],
    ["POST", `${ONE}/disable`, by((at) => at.setEnabled(false))],
    ["POST", `${ONE}/trigger`, by((at) => at.triggerSchedule)],
  ] as const;
  return [
    ...reads.map(([path, handle]): Route => ({ method: "GET", path, scope: "read", handle })),
    ...changes.map(([method, path, handle]): Route => ({ method, path, scope: "submit", handle })),
  ];
}
