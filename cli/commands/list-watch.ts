import { untilInterrupted } from "../interrupt.ts";
import { createListView } from "../show-watched-list.ts";
import type { WatchedPage } from "../watch-calls.ts";
import { watchList } from "../watch-list.ts";
import { type CommonOptions, createContext } from "./context.ts";

/** Shows a page of runs, and again whenever it changes, until Ctrl-C. Answers the exit code. */
export async function watchRunList(options: CommonOptions, page: WatchedPage): Promise<number> {
  const { api, output, abort } = createContext(options);
  const show = createListView(output);
  return untilInterrupted(abort, async () => {
    for await (const now of watchList(api, page)) await show(now);
  });
}
