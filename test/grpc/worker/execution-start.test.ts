import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Execution } from "../../../worker/execution.ts";
import { LogRing } from "../../../worker/log-ring.ts";
import { OutputPump } from "../../../worker/output-pump.ts";
import { jobCommandOf } from "../../unit/worker/job-command-of.ts";

let files: string;
beforeEach(() => {
  files = mkdtempSync(join(tmpdir(), "hodei-start-test-"));
});
afterEach(() => rmSync(files, { recursive: true, force: true }));

const ran = () => existsSync(join(files, "ran"));

function execution(mayStart: () => boolean): Execution {
  const executionId = randomUUID();
  const command = jobCommandOf({
    executionId,
    program: { kind: "argv", file: "touch", args: [join(files, "ran")] },
  });
  const ring = new LogRing(executionId, 1, { ringBytesMax: 4096, logBytesMax: 4096 });
  return new Execution({
    ...{ command, mayStart, scratchDir: join(files, "scratch"), agentEnv: process.env },
    ...{ pump: new OutputPump(ring, 1024, () => {}), tools: null },
  });
}

test("a job that may start runs", async () => {
  expect(await execution(() => true).run()).toMatchObject({ end: "Exited", exitCode: 0 });
  expect(ran()).toBe(true);
});

test("a job that was told to start runs nothing when the lease is over before its process is made", async () => {
  expect(await execution(() => false).run()).toMatchObject({ end: "Drained" });
  expect(ran()).toBe(false);
});

test("a job that is killed while its place is made ready runs nothing", async () => {
  const killed = execution(() => true);
  const outcome = killed.run();
  killed.kill();
  expect(await outcome).toMatchObject({ end: "Drained" });
  expect(ran()).toBe(false);
});
