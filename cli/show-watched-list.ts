import type { RunListBody } from "#core/domain/spec/api.ts";
import type { Output } from "./output.ts";
import { runTable } from "./show-runs.ts";
import { changesOf, knownOf } from "./watch-list.ts";

/** The head of the table, and the line that the cursor is on. */
const ROWS_BESIDE = 2;

/**
 * Shows a page again and again: a terminal has the table, drawn anew; a pipe has the table first and then a
 * row, or a line of JSON, for each run that changed.
 */
export function createListView(output: Output): (page: RunListBody) => Promise<void> {
  let known: ReadonlyMap<string, string> | null = null;
  return async (page) => {
    const before = known;
    known = knownOf(page);
    if (output.rows !== null && !output.json) return draw(output, output.rows, page);
    const changes = changesOf(before ?? new Map(), page);
    if (output.json) for (const change of changes) await output.value(change);
    if (output.json) return;
    const runs = changes.flatMap((change) => (change.type === "run" ? change.run : []));
    if (before !== null && runs.length === 0) return;
    await runTable(output, runs, Date.now(), { hasHead: before === null });
  };
}

/** What does not fit the terminal would scroll the head away. */
async function draw(output: Output, rows: number, { runs }: RunListBody): Promise<void> {
  await output.clear();
  await runTable(output, runs.slice(0, Math.max(1, rows - ROWS_BESIDE)), Date.now());
}
