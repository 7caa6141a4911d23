import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "./source-files.ts";

const filesIn = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();

it("proto/gen is what the .proto files generate (else: npm run generate)", () => {
  const fresh = mkdtempSync(join(tmpdir(), "hodei-proto-"));
  const committed = join(ROOT, "proto/gen");
  try {
    execFileSync(process.execPath, [join(ROOT, "scripts/generate-proto.ts"), fresh], { cwd: ROOT });
    expect(filesIn(fresh)).toEqual(filesIn(committed));
    for (const file of filesIn(fresh)) {
      const same = readFileSync(join(fresh, file)).equals(readFileSync(join(committed, file)));
      expect(same, file).toBe(true);
    }
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}, 60_000);
