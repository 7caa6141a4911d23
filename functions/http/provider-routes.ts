import type { AppDeps, HttpContext, Route } from "./http-env.ts";

const ALL = "/v1/providers";
/** By name, or by id. */
const ONE = `${ALL}/:reference`;

type Handlers = typeof import("./providers.ts");

/** What the API says of what makes machines: seldom asked for, so a start does not read it. */
export function providerRoutes(deps: AppDeps): readonly Route[] {
  const by =
    (handler: (handlers: Handlers) => (c: HttpContext, deps: AppDeps) => Promise<Response>) =>
    async (c: HttpContext) =>
      handler(await import("./providers.ts"))(c, deps);
  return [
    { method: "GET", path: ALL, scope: "read", handle: by((at) => at.listProviders) },
    { method: "POST", path: ALL, scope: "admin", handle: by((at) => at.createProvider) },
    {
      method: "GET",
      path: `${ALL}/stats`,
      scope: "read",
      handle: by((at) => at.readProviderStats),
    },
    { method: "GET", path: ONE, scope: "read", handle: by((at) => at.getProvider) },
    { method: "PATCH", path: ONE, scope: "admin", handle: by((at) => at.changeProvider) },
    { method: "DELETE", path: ONE, scope: "admin", handle: by((at) => at.deleteProvider) },
    {
      method: "POST",
      path: `${ONE}/enable`,
      scope: "admin",
      handle: by((at) => at.setProviderStatus("Active")),
    },
    {
      method: "POST",
      path: `${ONE}/disable`,
      scope: "admin",
      handle: by((at) => at.setProviderStatus("Disabled")),
    },
  ];
}
