import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Driver, openStore, type StoreFixture } from "../support/store-fixture.ts";

/** One case: arranges rows, makes moves, looks. Starts from an empty database. */
export type Case = (at: StoreFixture) => Promise<void>;

/** Cases by what they show. They are data, so that the mutants can sit single ones again. */
export type Exam = Readonly<Record<string, Case>>;

/** Keeps the names of the cases for those who refer to them. */
export const exam = <const T extends Exam>(cases: T): T => cases;

/**
 * Registers exams as tests over one driver. After every case the invariants hold, except where it
 * planted what no statement makes.
 */
export function sitExam(driver: Driver, exams: Readonly<Record<string, Exam>>): void {
  let fixture: StoreFixture;
  beforeAll(async () => {
    fixture = await openStore(driver);
  });
  beforeEach(() => fixture.reset());
  afterAll(() => fixture.close());
  describe.each(Object.entries(exams))(`%s over ${driver}`, (_name, cases) => {
    test.each(Object.entries(cases))("%s", async (_case, sit) => {
      await sit(fixture);
      if (!fixture.tables.planted()) expect(await fixture.violations()).toEqual([]);
    });
  });
}

/** A guarded statement that is refused: it answers nothing and leaves every row as it was. */
export async function refused(at: StoreFixture, move: () => Promise<readonly unknown[]>) {
  const before = await at.tables.everything();
  expect(await move()).toEqual([]);
  expect(await at.tables.everything()).toEqual(before);
}

/** A call whose repeat is harmless: whatever it answers, no row changes. */
export async function unchanged<T>(at: StoreFixture, move: () => Promise<T>): Promise<T> {
  const before = await at.tables.everything();
  const answer = await move();
  expect(await at.tables.everything()).toEqual(before);
  return answer;
}
