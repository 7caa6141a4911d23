import { limits } from "#core/domain/limits.ts";
import type { WorkerListBody } from "#core/domain/spec/api.ts";
import type { AppDeps, HttpContext } from "./http-env.ts";
import { openQuery } from "./query.ts";
import { renderWorker } from "./render.ts";

/** GET /v1/workers?all=: `all=true` shows also those that are gone and still remembered. */
export async function listWorkers(c: HttpContext, { reader }: AppDeps): Promise<Response> {
  const query = openQuery(c.req.url);
  const all = query.flag("all");
  query.close();
  const workers = await reader.workers(all, limits.pageItemsMax);
  return c.json<WorkerListBody>({ workers: workers.map(renderWorker) });
}
