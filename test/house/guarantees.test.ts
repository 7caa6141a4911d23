import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { MATRIX } from "../faults/matrix.ts";
import { rowsOfPage } from "../faults/page.ts";
import { ROOT } from "./source-files.ts";

const names = MATRIX.map(({ name }) => name);

describe("the fault matrix", () => {
  test("stands row by row in what is guaranteed, and nothing else does", () => {
    const page = readFileSync(join(ROOT, "docs/reference/guarantees.md"), "utf8");
    expect(rowsOfPage(page)).toEqual(names);
  });

  test("calls every row by a name of its own, which is no part of a pattern", () => {
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => /[()[\]{}*+?^$|\\]/.test(name))).toEqual([]);
  });

  test("has a short form that hits every part", () => {
    const short = new Set(MATRIX.filter((row) => row.short).map(({ of }) => of));
    expect(short.size).toBeGreaterThanOrEqual(8);
  });
});
