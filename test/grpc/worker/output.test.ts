import { createHash, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { limits } from "#core/domain/limits.ts";
import { eventually, type ScriptedGateway } from "./scripted-gateway.ts";
import { Stage, shell } from "./worker-process.ts";

const stage = new Stage();
let gateway: ScriptedGateway;
let files: string;
// Unique, because clean-up finds the processes of an execution by its id.
let e1 = "";

beforeEach(async () => {
  gateway = await stage.gateway();
  gateway.acknowledgeResults = true;
  e1 = randomUUID();
  files = mkdtempSync(join(tmpdir(), "hodei-job-test-"));
});
afterEach(async () => {
  await stage.destroy();
  rmSync(files, { recursive: true, force: true });
});

const digest = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

test("binary output arrives byte for byte, in chunks of bounded size", async () => {
  stage.worker(gateway);
  const bytes = Buffer.alloc(300_000);
  for (let index = 0; index < bytes.length; index++)
    bytes[index] = (index * 31 + (index >> 7)) & 255;
  writeFileSync(join(files, "binary"), bytes);
  await gateway.execute({ executionId: e1, command: shell(`cat ${join(files, "binary")}`) });
  const result = await gateway.result(e1);
  expect(digest(gateway.output(e1))).toBe(digest(bytes));
  const chunks = gateway.distinctChunks(e1);
  expect(chunks.length).toBe(result.logLastSeq);
  expect(Math.max(...chunks.map((it) => it.data.length))).toBeLessThanOrEqual(
    limits.logChunkBytesMax,
  );
});

test("many short lines make few chunks, each of whole lines", async () => {
  stage.worker(gateway);
  await gateway.execute({ executionId: e1, command: shell("seq 1 50000") });
  await gateway.result(e1);
  const chunks = gateway.distinctChunks(e1);
  expect(chunks.every((it) => Buffer.from(it.data).at(-1) === 0x0a)).toBe(true);
  expect(gateway.text(e1).trim().split("\n")).toHaveLength(50_000);
  expect(chunks.length).toBeLessThan(200);
});

test("output beyond the cap is dropped and counted in one record", async () => {
  stage.worker(gateway);
  const line = "0123456789abcde"; // 16 bytes with its newline
  const command = shell(`yes ${line} | head -n 20000`);
  await gateway.execute({ executionId: e1, command, logBytesMax: 100_000 });
  const result = await gateway.result(e1);
  expect(gateway.output(e1)).toHaveLength(100_000);
  const chunks = gateway.distinctChunks(e1);
  expect(chunks.filter((it) => it.truncated !== undefined)).toHaveLength(1);
  expect(chunks.at(-1)).toMatchObject({
    seq: result.logLastSeq,
    truncated: { droppedBytes: 320_000 - 100_000, droppedLines: 20_000 - 6_250 },
  });
  expect(result.exitCode).toBe(0);
});

test("without acknowledgements the job is held up and the memory stays flat", async () => {
  gateway.acknowledgeLogs = false;
  const worker = stage.worker(gateway);
  await gateway.connected();
  const before = worker.residentBytes;
  const bytesMax = limits.logRingBytesMax * 4;
  const command = shell(`yes | head -c ${bytesMax}; echo unreachable >&2`);
  await gateway.execute({ executionId: e1, command });
  await eventually(() =>
    expect(gateway.receivedBytes).toBeGreaterThan(limits.logRingBytesMax * 0.9),
  );
  const beats = gateway.heartbeats.length;
  await eventually(() => expect(gateway.heartbeats.length).toBeGreaterThan(beats + 5));
  expect(gateway.output(e1).length).toBeLessThan(limits.logRingBytesMax * 1.1);
  expect(gateway.results).toEqual([]);
  expect(worker.residentBytes - before).toBeLessThan(60 * 1024 * 1024);

  gateway.acknowledgeLogs = true;
  gateway.acknowledgeChunks(e1, gateway.distinctChunks(e1).at(-1)!.seq);
  await gateway.result(e1);
  expect(gateway.output(e1)).toHaveLength(bytesMax);
  expect(gateway.output(e1, true).toString()).toBe("unreachable\n");
}, 30_000);

test("a flood under `yes` neither grows the agent nor delays its heartbeats", async () => {
  const worker = stage.worker(gateway);
  await gateway.connected();
  const before = worker.residentBytes;
  await gateway.execute({ executionId: e1, command: shell("yes"), logBytesMax: 20_000_000 });
  await eventually(() => expect(gateway.receivedBytes).toBe(20_000_000), 30_000);
  const beats = gateway.heartbeats.length;
  await eventually(() => expect(gateway.heartbeats.length).toBeGreaterThan(beats + 10));
  expect(worker.residentBytes - before).toBeLessThan(150 * 1024 * 1024);
  gateway.cancel(e1, { force: true });
  await gateway.result(e1);
  expect(gateway.distinctChunks(e1).at(-1)!.truncated!.droppedBytes).toBeGreaterThan(0);
}, 60_000);

test("refused logs are dropped and never hold the job up", async () => {
  gateway.acknowledgeLogs = false;
  stage.worker(gateway);
  const command = shell(`echo first; yes | head -c ${limits.logRingBytesMax * 3}; echo end`);
  await gateway.execute({ executionId: e1, command });
  await eventually(() => expect(gateway.chunks.length).toBeGreaterThan(0));
  gateway.acknowledgeChunks(e1, 0, true);
  expect(await gateway.result(e1)).toMatchObject({ exitCode: 0 });
  expect(gateway.text(e1)).not.toContain("end");
});
