import { hasCapacity, statsOf } from "#core/domain/provider/provider-record.ts";
import {
  type DeletedProviderBody,
  PROVIDER_KINDS,
  PROVIDER_STATUSES,
  type ProviderBody,
  type ProviderListBody,
  type ProviderStatsBody,
  type ProviderStatus,
} from "#core/domain/spec/provider-api.ts";
import { type AppDeps, callerOf, type HttpContext } from "./http-env.ts";
import { readJsonBody } from "./json-body.ts";
import { openQuery } from "./query.ts";
import { readWords } from "./query-words.ts";
import { renderProvider } from "./render-provider.ts";

type Deps = Pick<AppDeps, "providerOperations">;

/** GET /v1/providers?kind=&status=&capacity= */
export async function listProviders(
  c: HttpContext,
  { providerOperations }: Deps,
): Promise<Response> {
  const query = openQuery(c.req.url);
  const kinds = readWords(query, "kind", PROVIDER_KINDS);
  const statuses = readWords(query, "status", PROVIDER_STATUSES);
  const capacity = query.flag("capacity");
  query.close();
  const providers = (await providerOperations.list())
    .filter(({ kind }) => kinds.length === 0 || kinds.includes(kind))
    .filter(({ status }) => statuses.length === 0 || statuses.includes(status))
    .filter((provider) => !capacity || hasCapacity(provider));
  return c.json<ProviderListBody>({ providers: providers.map(renderProvider) });
}

/** GET /v1/providers/stats */
export async function readProviderStats(
  c: HttpContext,
  { providerOperations }: Deps,
): Promise<Response> {
  openQuery(c.req.url).close();
  return c.json<ProviderStatsBody>(statsOf(await providerOperations.list()));
}

/** POST /v1/providers: 201 with the new provider, Active. */
export async function createProvider(
  c: HttpContext,
  { providerOperations }: Deps,
): Promise<Response> {
  openQuery(c.req.url).close();
  const body = await readJsonBody(c.req.raw);
  const provider = await providerOperations.register(body, callerOf(c));
  c.header("location", `/v1/providers/${provider.id}`);
  return c.json<ProviderBody>(renderProvider(provider), 201);
}

/** GET /v1/providers/{name or id} */
export async function getProvider(c: HttpContext, { providerOperations }: Deps): Promise<Response> {
  openQuery(c.req.url).close();
  return c.json<ProviderBody>(renderProvider(await providerOperations.find(referenceOf(c))));
}

/** PATCH /v1/providers/{name or id}: what is left out stays as it is. */
export async function changeProvider(
  c: HttpContext,
  { providerOperations }: Deps,
): Promise<Response> {
  openQuery(c.req.url).close();
  const body = await readJsonBody(c.req.raw);
  const provider = await providerOperations.change(referenceOf(c), body, callerOf(c));
  return c.json<ProviderBody>(renderProvider(provider));
}

/** POST …/enable, POST …/disable: the same again is harmless. */
export const setProviderStatus =
  (status: ProviderStatus) =>
  async (c: HttpContext, { providerOperations }: Deps): Promise<Response> => {
    openQuery(c.req.url).close();
    const provider = await providerOperations.setStatus(referenceOf(c), status, callerOf(c));
    return c.json<ProviderBody>(renderProvider(provider));
  };

/** DELETE /v1/providers/{name or id}: again is harmless. */
export async function deleteProvider(
  c: HttpContext,
  { providerOperations }: Deps,
): Promise<Response> {
  openQuery(c.req.url).close();
  const deleted = await providerOperations.remove(referenceOf(c), callerOf(c));
  return c.json<DeletedProviderBody>({ deleted });
}

const referenceOf = (c: HttpContext): string => c.req.param("reference") ?? "";
