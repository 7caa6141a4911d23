import { hash } from "node:crypto";
import { DomainError } from "#core/domain/errors.ts";
import { isFinal } from "#core/domain/job-run/phase.ts";
import { limits } from "#core/domain/limits.ts";
import type { RunListBody } from "#core/domain/spec/api.ts";
import type { RunFilter, RunReader } from "#core/ports/run-reader.ts";
import { answerEvents, type Look, lastEventId, type Waiting } from "./event-stream.ts";
import type { AppDeps, HttpContext } from "./http-env.ts";
import { renderEvent, renderRun, renderRunSummary } from "./render.ts";
import { requireRun } from "./run-of-path.ts";

/**
 * The events of a run as server-sent events, without a gap: each has its number as id, and after those
 * of one look comes the run as it is then (`event: run`), at the start too, unless the caller says where
 * it stands. `end` follows the last event of a final run.
 */
export async function watchRun(
  c: HttpContext,
  deps: AppDeps,
  waiting: Waiting,
  { id, since }: { readonly id: string; readonly since: string | null },
): Promise<Response> {
  const last = lastEventId(c, since);
  const look = lookAtRun(deps.reader, id, readSince(last), last !== null);
  return answerEvents(c, deps, waiting, look);
}

/** `wasTold`: the caller knows the run as it was after `since`. */
function lookAtRun(
  reader: RunReader,
  id: string,
  since: number,
  wasTold: boolean,
): () => Promise<Look> {
  let last = since;
  let isTold = wasTold;
  return async () => {
    // The run is read first: what is final then has all its events in the pages read after it.
    const run = await requireRun(reader, id);
    const events = await reader.events(id, last, limits.pageItemsMax);
    last = events.at(-1)?.seq ?? last;
    const more = events.length === limits.pageItemsMax;
    const end = isFinal(run.phase) && !more;
    const tells = events.length > 0 || !isTold;
    isTold = true;
    return {
      events: [
        ...events.map((event) => ({
          ...{ event: "event", id: String(event.seq), data: renderEvent(event) },
        })),
        ...(tells ? [{ event: "run", data: renderRun(run) }] : []),
      ],
      ...{ more, end },
    };
  };
}

/**
 * A page of runs as server-sent events: the whole page, again whenever something in it changed. The id
 * is a digest of the page, so that who reconnects with it hears only of a change.
 */
export async function watchRuns(
  c: HttpContext,
  deps: AppDeps,
  waiting: Waiting,
  { filter, since }: { readonly filter: RunFilter; readonly since: string | null },
): Promise<Response> {
  let told = lastEventId(c, since);
  return answerEvents(c, deps, waiting, async () => {
    const { runs, next } = await deps.reader.runs(filter);
    const data: RunListBody = { runs: runs.map(renderRunSummary), next };
    const id = hash("sha256", JSON.stringify(data), "hex").slice(0, 32);
    if (id === told) return { events: [] };
    told = id;
    return { events: [{ event: "runs", id, data }] };
  });
}

function readSince(text: string | null): number {
  if (text === null) return 0;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const message = "must be the number of an event";
  throw new DomainError("InvalidRequest", `since ${message}`, {
    fields: [{ path: "since", message }],
  });
}
