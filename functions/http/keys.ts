import { isApiKeyId } from "#core/domain/access/api-key.ts";
import { DomainError } from "#core/domain/errors.ts";
import type { CreatedKeyBody, KeyBody, KeyListBody } from "#core/domain/spec/api.ts";
import { parseKeyRequest } from "#core/domain/spec/key-request.ts";
import { type AppDeps, callerOf, type HttpContext } from "./http-env.ts";
import { readJsonBody } from "./json-body.ts";
import { openQuery } from "./query.ts";
import { renderKey } from "./render.ts";

/** POST /v1/keys: 201 with the key itself, which nobody can show again. */
export async function createKey(c: HttpContext, { keys }: AppDeps): Promise<Response> {
  openQuery(c.req.url).close();
  const request = parseKeyRequest(await readJsonBody(c.req.raw));
  const { key, text } = await keys.create(request, callerOf(c));
  return c.json<CreatedKeyBody>({ ...renderKey(key), key: text }, 201);
}

/** GET /v1/keys: the newest of all keys, without their secrets. */
export async function listKeys(c: HttpContext, { keys }: AppDeps): Promise<Response> {
  openQuery(c.req.url).close();
  return c.json<KeyListBody>({ keys: (await keys.list()).map(renderKey) });
}

/** DELETE /v1/keys/{id}: 200 with the key, revoked; the row stays, for whoever looks later. */
export async function revokeKey(c: HttpContext, { keys }: AppDeps): Promise<Response> {
  openQuery(c.req.url).close();
  const id = c.req.param("id") ?? "";
  if (!isApiKeyId(id)) {
    const fields = [{ path: "id", message: "must be the 16 hex digits between the underscores" }];
    throw new DomainError("InvalidRequest", "this is no id of an API key", { fields });
  }
  return c.json<KeyBody>(renderKey(await keys.revoke(id, callerOf(c))));
}
