import type { SubmitRequest } from "#core/application/operations.ts";
import { DomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import type { BulkBody } from "#core/domain/spec/api.ts";
import { parseKeyField } from "#core/domain/spec/idempotency-key.ts";
import { type AppDeps, callerOf, type HttpContext } from "./http-env.ts";
import { readJsonBody } from "./json-body.ts";
import { openQuery } from "./query.ts";

/** POST /v1/runs/bulk: 200 with what became of each run, or a refusal of all of them. */
export async function submitRuns(c: HttpContext, { operations }: AppDeps): Promise<Response> {
  openQuery(c.req.url).close();
  const items = itemsOf(await readJsonBody(c.req.raw, limits.bulkRequestBytesMax));
  const submittedBy = callerOf(c);
  const read = (item: unknown) => readItem(item, submittedBy);
  const runs = await operations.submitRuns({ field: "runs", items, read });
  return c.json<BulkBody>({ runs });
}

/** `{"runs": [ … ]}` and nothing else. Throws InvalidRequest. */
function itemsOf(body: unknown): readonly unknown[] {
  const isMap = typeof body === "object" && body !== null && !Array.isArray(body);
  const { runs, ...others } = (isMap ? body : {}) as { readonly runs?: unknown };
  const fields = Object.keys(others).map((key) => ({
    path: key.slice(0, 80),
    message: "unknown field",
  }));
  if (!Array.isArray(runs)) fields.unshift({ path: "runs", message: "must be a list of runs" });
  if (fields.length === 0) return runs as unknown[];
  throw new DomainError("InvalidRequest", 'the body must be a map such as {"runs": [ … ]}', {
    fields: fields.slice(0, limits.bulkProblemsMax),
  });
}

/** A run spec with, beside its fields, the key that a single submit has in its header. */
function readItem(item: unknown, submittedBy: string | null): SubmitRequest {
  if (typeof item !== "object" || item === null || !Object.hasOwn(item, "idempotencyKey")) {
    return { spec: item, idempotencyKey: null, submittedBy };
  }
  const { idempotencyKey, ...spec } = item as { readonly idempotencyKey: unknown };
  return { spec, idempotencyKey: parseKeyField(idempotencyKey), submittedBy };
}
