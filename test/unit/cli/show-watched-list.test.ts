import { describe, expect, it } from "vitest";
import type { RunSummaryBody } from "#core/domain/spec/api.ts";
import type { Output } from "../../../cli/output.ts";
import { createListView } from "../../../cli/show-watched-list.ts";
import { renderRunSummary } from "../../../functions/http/render.ts";
import { createFakeControlPlane } from "../../support/fakes/fake-control-plane.ts";

async function someRuns(count: number): Promise<readonly RunSummaryBody[]> {
  const { operations, reader } = createFakeControlPlane();
  for (let n = 1; n <= count; n += 1)
    await operations.submitRun({
      spec: { command: ["true"], name: `run-${n}` },
      ...{ idempotencyKey: null, submittedBy: null },
    });
  const { runs } = await reader.runs({ phases: [], labels: {}, limit: count, cursor: null });
  return runs.map(renderRunSummary);
}

/** What was asked of the terminal: the names in a table, after `clear` where that was. */
function terminal(rows: number | null) {
  const shown: string[] = [];
  const output = {
    ...{ rows, json: false },
    clear: async () => void shown.push("clear"),
    table: async (head: readonly string[], body: readonly (readonly { text: string }[])[]) => {
      const names = body.map(([, name]) => name?.text);
      shown.push([head.length > 0 ? "head" : "-", ...names].join(" "));
    },
  } as unknown as Output;
  return { shown, show: createListView(output) };
}

describe("a list that is watched", () => {
  it("is drawn anew on a terminal, as much of it as fits below the head", async () => {
    const runs = await someRuns(4);
    const { shown, show } = terminal(4);
    await show({ runs: runs.slice(3), next: null });
    await show({ runs, next: null });
    expect(shown).toEqual(["clear", "head run-1", "clear", "head run-4 run-3"]);
    const flat = terminal(1);
    await flat.show({ runs, next: null });
    expect(flat.shown).toEqual(["clear", "head run-4"]);
  });

  it("has only what changed in a pipe, the oldest first", async () => {
    const runs = await someRuns(3);
    const { shown, show } = terminal(null);
    await show({ runs: [], next: null });
    await show({ runs, next: null });
    await show({ runs, next: null });
    await show({ runs: runs.slice(1), next: null });
    expect(shown).toEqual(["head", "- run-1 run-2 run-3"]);
  });
});
