import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { processesWith, root } from "../support/hodei-process.ts";

async function runDemo(temporary: string) {
  const child = spawn("npm", ["run", "-s", "demo"], {
    cwd: root,
    env: { ...process.env, TMPDIR: temporary },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      output += chunk;
    });
  const [code] = await once(child, "close");
  return { code, output };
}

test("npm run demo: every outcome as expected, and nothing is left of it", async () => {
  const temporary = mkdtempSync(join(tmpdir(), "demo-"));
  const { code, output } = await runDemo(temporary);
  expect(output).toContain("45 of 45 outcomes as expected");
  expect(code).toBe(0);
  expect(processesWith(temporary)).toEqual([]);
  expect(readdirSync(temporary).filter((name) => name.startsWith("hodei"))).toEqual([]);
  rmSync(temporary, { recursive: true });
});
