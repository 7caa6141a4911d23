import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readDocument, root, section, tableRows } from "../support/documents.ts";

const rows = tableRows(
  section(readDocument("docs/reference/compatibility.md"), "## Behaviour of the original's peers"),
);

test("every behaviour of the original's peers that the page names has the test it names", () => {
  expect(rows.length).toBeGreaterThan(30);
  const missing = rows.filter(([, file = "", title = ""]) => {
    const text = readFileSync(join(root, "test/grpc/gateway", `${file}.test.ts`), "utf8");
    return title === "" || !text.includes(title);
  });
  expect(missing).toEqual([]);
});

test("every test of the workers of the original is named", () => {
  const named = rows.map(([, , title]) => title);
  const text = ["first-worker", "later-worker", "silent-original"]
    .map((file) => readFileSync(join(root, "test/grpc/gateway", `${file}.test.ts`), "utf8"))
    .join("\n");
  const titles = [...text.matchAll(/^test(?:\.each\(\w+\))?\(\s*"([^"]+)"/gm)].map(
    ([, title = ""]) => title,
  );
  expect(titles.length).toBeGreaterThan(25);
  expect(titles.filter((title) => !named.includes(title))).toEqual([]);
});
