import type { HttpContext } from "./http-env.ts";
import { openQuery } from "./query.ts";

/** GET /v1/openapi.json: the description of this API. Read when somebody asks, never at a start. */
export async function getOpenApi(c: HttpContext): Promise<Response> {
  openQuery(c.req.url).close();
  const { default: document } = await import("../../docs/reference/openapi.json", {
    with: { type: "json" },
  });
  return c.body(JSON.stringify(document), 200, { "content-type": "application/json" });
}
