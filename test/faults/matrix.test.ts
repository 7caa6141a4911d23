import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Recording } from "../history/record-history.ts";
import { root } from "../support/hodei-process.ts";
import { HURRIED, MATRIX } from "./matrix.ts";
import { measure, type Outcome } from "./measure.ts";
import { guaranteesPage } from "./page.ts";
import { type RecordedStand, startRecordedStand } from "./recorded-stand.ts";
import type { Row } from "./row.ts";
import { type Stand, type StandOptions, startStand } from "./stand.ts";

/** `npm run test:faults` sets it; without it `npm test` shows a short form. */
const isFull = process.env.HODEI_FAULTS === "all";
const outcomes: Outcome[] = [];

/**
 * Rows with the same settings share one stand, one after the other, and one history: what was asked and
 * answered, every message, every change of a row, and what the code itself said.
 */
function rowsOn(what: string, rows: readonly Row[], options: StandOptions) {
  if (rows.length === 0) return;
  describe(what, () => {
    let recorded: RecordedStand;
    beforeAll(async () => {
      recorded = await startRecordedStand(options);
    });
    // No test of its own: whoever asks for one row must have its history judged too.
    afterAll(() => expectRulesKept(recorded).finally(() => recorded.stand.end()));

    for (const row of rows) test(row.name, () => measured(row, recorded.stand, recorded.history));
  });
}

async function expectRulesKept({ history, judgeAtRest }: RecordedStand): Promise<void> {
  const violations = await judgeAtRest();
  const least = Math.min(5, outcomes.length); // one row by itself makes only two calls
  for (const kind of ["call", "answer", "message", "row"] as const)
    expect(history.seen.get(kind), kind).toBeGreaterThan(least);
  expect(violations.map(({ rule, what }) => `${rule}: ${what}`)).toEqual([]);
}

/** A row that leaves nothing behind which another could use, such as a database of yesterday. */
function rowByItself(row: Row) {
  test(row.name, async () => {
    const stand = await startStand();
    await measured(row, stand, null).finally(() => stand.end());
  });
}

async function measured(row: Row, stand: Stand, history: Recording | null): Promise<void> {
  history?.fault(row.name);
  const outcome = await measure(row, stand, isFull ? row.repetitions : 1, history?.witness);
  outcomes.push(outcome);
  const { lost, doubled, left, violations } = outcome;
  const nothing = { lost: [], doubled: [], left: [], violations: [] };
  expect({ lost, doubled, left, violations }).toEqual(nothing);
  expect(outcome.p95Ms).toBeLessThanOrEqual(outcome.boundMs);
}

const rows = isFull ? MATRIX : MATRIX.filter(({ short }) => short);
const isHurried = ({ runsOut }: Row) =>
  runsOut === "registration" || (!isFull && runsOut === "lease");
const shared = rows.filter(({ alone }) => !alone);
rowsOn(
  "with default settings",
  shared.filter((row) => !isHurried(row)),
  {},
);
rowsOn("with short leases", shared.filter(isHurried), HURRIED);
for (const row of rows.filter(({ alone }) => alone)) rowByItself(row);

const PAGE = join(root, "docs/reference/guarantees.md");

afterAll(() => {
  const byName = new Map(outcomes.map((outcome) => [outcome.row.name, outcome]));
  const all = MATRIX.flatMap(({ name }) => byName.get(name) ?? []);
  if (isFull && all.length === MATRIX.length) writeFileSync(PAGE, guaranteesPage(all));
  if (isFull) process.stdout.write("    p50    p95  bound  (s)\n");
  for (const { row, p50Ms, p95Ms, boundMs } of isFull ? all : []) {
    const times = [p50Ms, p95Ms, boundMs].map((ms) => (ms / 1000).toFixed(1).padStart(7)).join("");
    process.stdout.write(`${times}  ${row.name}\n`);
  }
  if (isFull) return;
  const left = MATRIX.length - rows.length;
  process.stdout.write(
    `short form: ${left} of ${MATRIX.length} faults are not here, npm run test:faults has all\n`,
  );
});
