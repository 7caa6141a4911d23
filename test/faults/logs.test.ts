import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LogPieceBody } from "#core/domain/spec/api.ts";
import { readEventStream } from "../../cli/event-stream.ts";
import { EAGER_PROFILES, type LocalMode, startLocalMode } from "../support/local-mode.ts";
import { memoryOf } from "../support/memory-of.ts";
import { bytesOf, LineCounter, numberedLines } from "../support/numbered-lines.ts";
import { until } from "../support/until.ts";
import { kill } from "./kill.ts";

const IS_FULL = process.env.HODEI_FAULTS === "all";
const LINES = IS_FULL ? 1_000_000 : 40_000;
const LINES_PER_SECOND = 20_000;
/** Of the second attempt's output: when the gateway is killed, and when Postgres. */
const GATEWAY_KILLED_AT = IS_FULL ? [0.1, 0.3, 0.5, 0.8] : [0.2];
const POSTGRES_KILLED_AT = IS_FULL ? [0.2, 0.6] : [0.5];
const WITHIN_MS = IS_FULL ? 240_000 : 60_000;
const MIB = 1024 * 1024;
/** Node itself, and bounded buffers: far less than the output of a minute, stored as rows, would fill. */
const RSS_MAX = { gateway: 320 * MIB, worker: 200 * MIB };

let local: LocalMode;
const peaks = { gateway: 0, worker: 0 };

beforeAll(async () => {
  local = await startLocalMode({ profiles: EAGER_PROFILES });
});
afterAll(() => local.end());

/** Follows by server-sent events, from where it was when the connection broke, until the end. */
async function follow(runId: string, counter: LineCounter): Promise<void> {
  let last = "";
  const deadline = performance.now() + WITHIN_MS;
  while (performance.now() < deadline) {
    try {
      const headers = {
        ...{ accept: "text/event-stream", authorization: `Bearer ${local.apiKey}` },
        ...(last && { "last-event-id": last }),
      };
      const url = new URL(`/v1/runs/${runId}/logs?follow=1`, local.url);
      const { body, ok } = await fetch(url, { headers });
      if (!ok || !body) continue;
      for await (const { event, id, data } of readEventStream(body)) {
        if (event === "end") return;
        if (event === "log") counter.take(data as LogPieceBody);
        last = id ?? last;
      }
    } catch {
      await until("the API answers", async () => (await fetch(local.url)).status > 0);
    }
  }
  throw new Error("the output never ended");
}

async function readAfterwards(runId: string): Promise<LineCounter> {
  const counter = new LineCounter();
  for (let cursor = "0.0"; ; ) {
    const page = await local.api.logs(runId, cursor, 0);
    for (const piece of page.pieces) counter.take(piece);
    if (page.complete) return counter;
    cursor = page.next;
  }
}

const workerOf = async (runId: string, attempt: number) => {
  const [row] = await local.rows<{ worker_id: string }>(
    "select worker_id from hodei.attempt where run_id = $1 and fence = $2",
    [runId, attempt],
  );
  return row?.worker_id ?? "";
};

/** Waits until this share of an attempt's output is stored; looks at memory meanwhile. */
async function untilStored(runId: string, attempt: number, share: number): Promise<void> {
  await until(
    `${share} of attempt ${attempt} is stored`,
    async () => {
      peaks.gateway = Math.max(peaks.gateway, memoryOf(local.gateway.pid, "VmRSS") || 0);
      const [row] = await local.rows<{ bytes: string }>(
        `select coalesce(sum(octet_length(data)), 0) as bytes from hodei.log_chunk
         where run_id = $1 and fence = $2`,
        [runId, attempt],
      );
      const workerId = await workerOf(runId, attempt);
      if (workerId)
        peaks.worker = Math.max(peaks.worker, memoryOf(local.pidOf(workerId), "VmRSS") || 0);
      return Number(row?.bytes) >= share * bytesOf(LINES);
    },
    WITHIN_MS,
  );
}

async function killAll(runId: string): Promise<void> {
  await untilStored(runId, 1, 0.05);
  kill(local.pidOf(await workerOf(runId, 1)));
  const kills = [
    ...GATEWAY_KILLED_AT.map((share) => ({ share, process: () => local.gateway })),
    ...POSTGRES_KILLED_AT.map((share) => ({ share, process: () => local.postgres })),
  ].sort((a, b) => a.share - b.share);
  for (const { share, process } of kills) {
    await untilStored(runId, 2, share);
    const pid = process()?.pid;
    kill(pid);
    await until("it is back", () => process()?.pid !== pid);
  }
  await untilStored(runId, 2, 1);
}

test(`${LINES} lines through kills of worker, gateway and Postgres: each once and in order, or a gap`, async () => {
  const command = numberedLines(LINES, LINES_PER_SECOND);
  const { run } = await local.api.submit({ command }, randomUUID());
  const live = new LineCounter();
  await Promise.all([follow(run.id, live), killAll(run.id)]);
  await until("it has ended", async () => (await local.api.run(run.id)).phase === "Succeeded");
  const later = await readAfterwards(run.id);

  for (const { attempts } of [live, later]) {
    expect([...attempts.keys()]).toEqual([1, 2]);
    const [first, second] = [...attempts.values()];
    expect(first).toMatchObject({ wrong: null, gaps: [{ to: null, reason: "unknown-end" }] });
    expect(second).toMatchObject({
      ...{ wrong: null, gaps: [], rest: "", lines: LINES, bytes: bytesOf(LINES) },
    });
  }
  expect(later.attempts).toEqual(live.attempts);

  const { complete, attempts } = await local.api.verifyLogs(run.id);
  const first = live.of(1);
  expect(first.lines).toBeGreaterThan(0);
  expect({ complete, attempts }).toMatchObject({
    complete: false,
    attempts: [
      { state: "unknown-end", lastSeq: first.seq, bytes: first.bytes, gaps: first.gaps },
      { state: "complete", bytes: bytesOf(LINES), gaps: [], lastSeq: live.of(2).seq },
    ],
  });
});

test("the memory of gateway and worker stayed bounded", () => {
  expect(peaks.gateway).toBeLessThan(RSS_MAX.gateway);
  expect(peaks.worker).toBeLessThan(RSS_MAX.worker);
});

test("no invariant is broken, and no machine is left", async () => {
  expect(await local.violations()).toEqual([]);
  await local.untilNoMachine();
});
