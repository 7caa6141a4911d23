import type { BulkCancelRequest } from "#core/application/cancel-runs.ts";
import { limits } from "#core/domain/limits.ts";
import type { BulkCancelBody } from "#core/domain/spec/api.ts";
import { isLabelKey, isLabelValue } from "#core/domain/spec/kubernetes-label.ts";
import type { CancellablePhase } from "#core/ports/run-changes.ts";
import { type BodyReader, openBody } from "./body-fields.ts";
import { REASON_CHARS_MAX } from "./cancel-request.ts";
import { type AppDeps, callerOf, type HttpContext } from "./http-env.ts";
import { readJsonBody } from "./json-body.ts";
import { openQuery } from "./query.ts";

export const PHASES: readonly CancellablePhase[] = ["Pending", "Assigned", "Running"];

/** POST /v1/runs/cancel: cancels some of the runs with these labels, or counts them. */
export async function cancelRuns(c: HttpContext, { operations }: AppDeps): Promise<Response> {
  openQuery(c.req.url).close();
  const body = openBody(await readJsonBody(c.req.raw), 'such as {"labels": {"team": "data"}}');
  const { next, ...outcome } = await operations.cancelRuns({
    ...readRequest(body),
    by: callerOf(c),
  });
  return c.json<BulkCancelBody>({ ...outcome, next: next === null ? null : String(next) });
}

function readRequest(body: BodyReader): Omit<BulkCancelRequest, "by"> {
  const { bulkCancelCountMax: max } = limits;
  const request = {
    labels: readLabels(body),
    phases: readPhases(body),
    reason: body.text("reason", REASON_CHARS_MAX),
    dryRun: body.flag("dryRun") ?? false,
    expectedCount: body.number("expectedCount", { min: 0, max }),
    allowedDifference: body.number("allowedDifference", { min: 0, max }) ?? 0,
    until: readCursor(body),
  };
  body.close();
  return request;
}

/** At least one: a forgotten label must not cancel everything. */
function readLabels(body: BodyReader): Record<string, string> {
  const labels = body.value("labels");
  if (typeof labels !== "object" || labels === null || Array.isArray(labels)) {
    body.refuse("labels", "must be a map of labels that the runs have");
    return {};
  }
  const entries = Object.entries(labels);
  if (entries.length === 0) body.refuse("labels", "must hold a label at least");
  if (entries.length > limits.labelEntriesMax)
    body.refuse("labels", `must have at most ${limits.labelEntriesMax} entries`);
  for (const [key, value] of entries.slice(0, limits.labelEntriesMax))
    if (!isLabelKey(key) || typeof value !== "string" || !isLabelValue(value))
      body.refuse(`labels.${key.slice(0, 80)}`, "must be a label as in Kubernetes");
  return labels as Record<string, string>;
}

function readPhases(body: BodyReader): readonly CancellablePhase[] {
  const names = body.value("phases");
  if (names === null) return PHASES;
  if (Array.isArray(names) && names.length > 0 && names.every((name) => PHASES.includes(name)))
    return PHASES.filter((phase) => names.includes(phase));
  body.refuse("phases", `must be a list of ${PHASES.join(", ")}`);
  return PHASES;
}

function readCursor(body: BodyReader): number | null {
  const text = body.text("cursor", 16);
  if (text === null) return null;
  if (!/^\d{1,16}$/.test(text)) body.refuse("cursor", "must be the `next` of an answer");
  return Number(text);
}
