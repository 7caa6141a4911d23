import { expect } from "vitest";
import type { JobPageQuery } from "#core/ports/run-reader.ts";
import { deadlineOf } from "../support/store-scene.ts";
import { exam } from "./exam.ts";

const ALL: JobPageQuery = { phase: null, timedOut: null, nameContains: "", limit: 10, offset: 0 };

/** Pages by number. */
export const pages = exam({
  "newest first, skipped and counted": async (at) => {
    const ids: string[] = [];
    for (let n = 0; n < 4; n += 1) {
      await at.tables.advance(1);
      ids.unshift(await at.submit());
    }
    const page = await at.reader.page({ ...ALL, limit: 2, offset: 1 });
    expect(page.total).toBe(4);
    expect(page.runs.map(({ id }) => id)).toEqual(ids.slice(1, 3));
    expect(page.runs[0]).toMatchObject({ progress: null, phase: "Pending" });
    expect(page.runs[0]?.now).toBe(await at.tables.now());
    expect(await at.reader.page({ ...ALL, offset: 9 })).toEqual({ runs: [], total: 4 });
  },

  "by phase, by the deadline, by a part of the name": async (at) => {
    const late = await at.submit({ activeDeadlineSeconds: 1, name: "nightly-report" });
    const failed = await at.running();
    await at.report(failed, { failure: "app", exitCode: 1, signal: null, detail: null });
    await at.tables.advance(1000);
    await at.store.requestStops([deadlineOf(late)]);
    await at.submit();
    const found = async (query: Partial<JobPageQuery>) =>
      (await at.reader.page({ ...ALL, ...query })).runs.map(({ id }) => id);
    expect(await found({ phase: "Failed", timedOut: true })).toEqual([late]);
    expect(await found({ phase: "Failed", timedOut: false })).toEqual([failed.runId]);
    expect(await found({ phase: "Pending" })).toHaveLength(1);
    expect(await found({ nameContains: "REPORT" })).toEqual([late]);
    expect(await found({ nameContains: "%" })).toEqual([]);
    expect((await at.reader.page({ ...ALL, phase: "Failed" })).total).toBe(2);
  },
});
