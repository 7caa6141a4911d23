import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ERROR_CODES } from "#core/domain/errors.ts";
import { ATTEMPT_PHASES } from "#core/domain/job-run/attempt.ts";
import { RUN_PHASE_NEXT, RUN_PHASES } from "#core/domain/job-run/phase.ts";
import { limits } from "#core/domain/limits.ts";
import { WORKER_PHASES } from "#core/domain/worker/phase.ts";
import { COUNTERS, GAUGES, HISTOGRAMS } from "#core/ports/telemetry.ts";
import { REFERENCE_PAGES, withParts } from "../../scripts/reference-docs.ts";
import { ROOT } from "./source-files.ts";

const page = (name: string) => readFileSync(join(ROOT, `docs/reference/${name}.md`), "utf8");
/** What stands in backticks in the first column of the page's tables. */
const firstColumn = (name: string) =>
  [...page(name).matchAll(/^\| `([^`]+)` \|/gm)].map(([, cell]) => cell);

describe("the reference", () => {
  it.each(REFERENCE_PAGES)(
    "%s says what the sources say (else: node scripts/reference-docs.ts)",
    async (path) => {
      const text = readFileSync(join(ROOT, path), "utf8");
      expect(text).toBe(await withParts(text));
      expect(text).toContain("<!-- from ");
    },
  );

  it("of errors lists the catalogue", () => {
    expect(firstColumn("errors")).toEqual([...ERROR_CODES]);
  });

  it("of metrics lists the catalogue", () => {
    const names = [COUNTERS, HISTOGRAMS, GAUGES].flatMap((catalogue) => Object.keys(catalogue));
    expect(firstColumn("metrics")).toEqual(names);
  });

  it("of limits lists every one with its value", () => {
    expect(firstColumn("limits")).toEqual(Object.keys(limits));
    expect(page("limits")).toContain(`| \`leaseMs\` | \`${limits.leaseMs}\` |`);
  });

  it("of states draws every edge, and explains every phase", () => {
    const text = page("states");
    for (const [from, following] of Object.entries(RUN_PHASE_NEXT))
      for (const to of following) expect(text).toContain(`  ${from} --> ${to}\n`);
    const prose = text.replace(/```[\s\S]*?```/g, "");
    for (const phase of [...RUN_PHASES, ...ATTEMPT_PHASES, ...WORKER_PHASES])
      expect(prose).toContain(phase);
  });

  it("an unknown source is refused, not left empty", async () => {
    await expect(withParts("<!-- from nowhere.ts -->\n<!-- end -->")).rejects.toThrow("nowhere.ts");
  });
});
