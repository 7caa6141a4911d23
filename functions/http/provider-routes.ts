import type { AppDeps, Route } from "./http-env.ts";
import {
  changeProvider,
  createProvider,
  deleteProvider,
  getProvider,
  listProviders,
  readProviderStats,
  setProviderStatus,
} from "./providers.ts";

const ALL = "/v1/providers";
/** By name, or by id. */
const ONE = `${ALL}/:reference`;

/** What the API says of what makes machines. */
export const providerRoutes = (deps: AppDeps): readonly Route[] => [
  { method: "GET", path: ALL, scope: "read", handle: (c) => listProviders(c, deps) },
  { method: "POST", path: ALL, scope: "admin", handle: (c) => createProvider(c, deps) },
  { method: "GET", path: `${ALL}/stats`, scope: "read", handle: (c) => readProviderStats(c, deps) },
  { method: "GET", path: ONE, scope: "read", handle: (c) => getProvider(c, deps) },
  { method: "PATCH", path: ONE, scope: "admin", handle: (c) => changeProvider(c, deps) },
  { method: "DELETE", path: ONE, scope: "admin", handle: (c) => deleteProvider(c, deps) },
  {
    method: "POST",
    path: `${ONE}/enable`,
    scope: "admin",
    handle: (c) => setProviderStatus("Active")(c, deps),
  },
  {
    method: "POST",
    path: `${ONE}/disable`,
    scope: "admin",
    handle: (c) => setProviderStatus("Disabled")(c, deps),
  },
];
