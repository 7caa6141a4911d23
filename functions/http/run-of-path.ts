import { DomainError } from "#core/domain/errors.ts";
import { parseUuid } from "#core/domain/spec/uuid.ts";
import type { RunDetail, RunReader } from "#core/ports/run-reader.ts";
import type { HttpContext } from "./http-env.ts";

/** The id in the path. Throws InvalidRequest. */
export function readRunId(c: HttpContext): string {
  const id = parseUuid("id", c.req.param("id") ?? "");
  c.set("runId", id);
  return id;
}

/** Throws RunNotFound. */
export async function requireRun(reader: RunReader, id: string): Promise<RunDetail> {
  const run = await reader.run(id);
  if (run === null) throw new DomainError("RunNotFound", `there is no run ${id}`);
  return run;
}
