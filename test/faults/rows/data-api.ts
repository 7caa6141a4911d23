import { expect } from "vitest";
import { bounds, type Row } from "../row.ts";
import type { Stand } from "../stand.ts";

const of = "RDS Data API";

const apiRow = (
  name: string,
  injected: string,
  holds: string,
  fault: (stand: Stand) => void,
): Row => ({
  ...{ of, name, injected, holds, bound: bounds.machine, repetitions: 2, short: true },
  inject: async (stand, scene) => {
    fault(stand);
    const from = Date.now();
    const command = ["true"];
    await Promise.all(Array.from({ length: 4 }, () => scene.submit({ command })));
    await scene.untilFinal();
    stand.dataApi.faults.clear();
    return from;
  },
  check: async (stand, scene) => {
    // Each run of this scene is one row, though its insert may have been executed twice.
    expect(new Set(scene.ids).size).toBe(scene.ids.length);
    const sql =
      "select count(*)::int as n from hodei.run where created_at >= (select min(created_at) from hodei.run where id = any($1))";
    expect(await stand.rows(sql, [scene.ids])).toEqual([{ n: scene.ids.length }]);
  },
});

export const dataApiRows: readonly Row[] = [
  apiRow(
    "the database wakes up",
    "three DatabaseResumingExceptions, which the SDK does not repeat",
    "repeated by ours, or 503 with Retry-After",
    ({ dataApi }) => dataApi.faults.resuming(3),
  ),
  apiRow(
    "a statement fails after its commit",
    "five statements are executed and answered with 503: the SDK sends them again",
    "applied once: one run for each submit",
    ({ dataApi }) => dataApi.faults.failAfterCommit(5, 503),
  ),
  apiRow(
    "a statement's answer is cut off",
    "five statements are executed and the connection is reset before the answer",
    "applied once: one run for each submit",
    ({ dataApi }) => dataApi.faults.cutAfterCommit(5),
  ),
  apiRow(
    "the Data API throttles or is unavailable",
    "three answers 429 and three answers 504 before anything is executed",
    "repeated, or 503 with Retry-After",
    ({ dataApi }) => {
      dataApi.faults.failBefore(3, 429);
      dataApi.faults.failBefore(3, 504);
    },
  ),
];
