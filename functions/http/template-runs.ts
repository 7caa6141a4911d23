import { findTemplate } from "#core/application/find-template.ts";
import type { RunListBody } from "#core/domain/spec/api.ts";
import { parseIdempotencyKey } from "#core/domain/spec/idempotency-key.ts";
import { type AppDeps, callerOf, type HttpContext } from "./http-env.ts";
import { readJsonBody } from "./json-body.ts";
import { openQuery } from "./query.ts";
import { renderRunSummary } from "./render.ts";
import { readRunId } from "./run-of-path.ts";
import { answerSubmit, idempotencyHeader, readPhases } from "./runs.ts";
import { badField, bodyFields, readVersion } from "./template-fields.ts";
import { readNumberedPage, referenceOf } from "./templates.ts";

/** POST /v1/templates/{name or id}/runs: 201 with a new run, 200 with the one of this key. */
export async function runTemplate(c: HttpContext, deps: AppDeps): Promise<Response> {
  openQuery(c.req.url).close();
  const idempotencyKey = parseIdempotencyKey(idempotencyHeader(c));
  const fields = bodyFields(await readJsonBody(c.req.raw), ["version", "parameters"]);
  const outcome = await deps.templateOperations.run({
    reference: referenceOf(c),
    version: readVersion("version", fields.version),
    parameters: fields.parameters,
    idempotencyKey,
    submittedBy: callerOf(c),
  });
  return answerSubmit(c, outcome);
}

/** GET /v1/templates/{name or id}/runs?phase=&limit=&cursor= */
export async function listTemplateRuns(c: HttpContext, { templates }: AppDeps): Promise<Response> {
  const query = openQuery(c.req.url);
  const phases = readPhases(query);
  const page = readNumberedPage(query);
  query.close();
  const { id } = await findTemplate(templates, referenceOf(c));
  const runs = await templates.runs({ id, phases, ...page });
  const last = runs.length === page.limit ? runs.at(-1)?.template?.number : undefined;
  const next = last !== undefined && last > 1 ? String(last) : null;
  return c.json<RunListBody>({ runs: runs.map(renderRunSummary), next });
}

/** POST /v1/runs/{id}/rerun: the same once more, perhaps with other values. */
export async function rerun(c: HttpContext, { templateOperations }: AppDeps): Promise<Response> {
  openQuery(c.req.url).close();
  const runId = readRunId(c);
  const idempotencyKey = parseIdempotencyKey(idempotencyHeader(c));
  const fields = bodyFields(await readJsonBody(c.req.raw), ["version", "parameters"]);
  const { version = "pinned", parameters } = fields;
  if (version !== "pinned" && version !== "latest")
    throw badField("version", 'must be "pinned" or "latest"');
  const request = { runId, version, parameters, idempotencyKey, submittedBy: callerOf(c) } as const;
  return answerSubmit(c, await templateOperations.rerun(request));
}
