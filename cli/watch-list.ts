import type { RunListBody, RunSummaryBody } from "#core/domain/spec/api.ts";
import type { ApiClient } from "./api-client.ts";
import type { WatchedPage } from "./watch-calls.ts";

/** What is different in a page since it was told before. */
export type ListChange =
  /** It is new in the page, or another. */
  | { readonly type: "run"; readonly run: RunSummaryBody }
  /** It is no longer in the page: it has another phase, is deleted, or there are newer ones. */
  | { readonly type: "left"; readonly id: string };

/**
 * A page of runs, now and whenever something in it changes, without end. A connection that ends, as each
 * does after a while, is followed by another one that tells only of a change.
 */
export async function* watchList(api: ApiClient, page: WatchedPage): AsyncGenerator<RunListBody> {
  for (let last: string | null = null; ; ) {
    for await (const message of api.watchRuns(page, last)) {
      last = message.id ?? last;
      if (message.event === "runs") yield message.data as RunListBody;
    }
  }
}

/** What a page changed, the oldest run first. `known`: as text, by id. */
export function changesOf(known: ReadonlyMap<string, string>, page: RunListBody): ListChange[] {
  const now = new Set(page.runs.map(({ id }) => id));
  const gone = [...known.keys()].filter((id) => !now.has(id));
  const changed = page.runs.filter((run) => known.get(run.id) !== JSON.stringify(run));
  return [
    ...gone.map((id) => ({ type: "left", id }) as const),
    ...changed.toReversed().map((run) => ({ type: "run", run }) as const),
  ];
}

/** A page as `changesOf` knows it. */
export const knownOf = (page: RunListBody): ReadonlyMap<string, string> =>
  new Map(page.runs.map((run) => [run.id, JSON.stringify(run)]));
