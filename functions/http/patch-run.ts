import type { RunChange } from "#core/application/patch-run.ts";
import { limits } from "#core/domain/limits.ts";
import type { RunBody } from "#core/domain/spec/api.ts";
import { type BodyReader, openBody } from "./body-fields.ts";
import { type AppDeps, callerOf, type HttpContext } from "./http-env.ts";
import { readJsonBody } from "./json-body.ts";
import { openQuery } from "./query.ts";
import { renderRun } from "./render.ts";
import { readRunId } from "./run-of-path.ts";

/** PATCH /v1/runs/{id}: what of a waiting run may be changed, as a merge patch. */
export async function patchRun(c: HttpContext, { operations }: AppDeps): Promise<Response> {
  openQuery(c.req.url).close();
  const id = readRunId(c);
  const change = readChange(openBody(await readJsonBody(c.req.raw), 'such as {"priority": 10}'));
  return c.json<RunBody>(renderRun(await operations.patchRun(id, change, callerOf(c))));
}

function readChange(body: BodyReader): RunChange {
  const { priorityMin: min, priorityMax: max } = limits;
  const change = { priority: body.number("priority", { min, max }), suspend: body.flag("suspend") };
  if (change.priority === null && change.suspend === null && body.isSound())
    body.refuse("", "must change priority or suspend");
  body.close();
  return change;
}
