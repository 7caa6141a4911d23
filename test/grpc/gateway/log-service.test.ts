import { randomUUID } from "node:crypto";
import { type ClientReadableStream, credentials, status } from "@grpc/grpc-js";
import { expect, onTestFinished, test } from "vitest";
import {
  type GetLogsRequest,
  type GetLogsResponse,
  type JobLogEntry,
  LogStreamServiceClient,
  OutputGapReason,
  OutputState,
  type SubscribeLogsRequest,
  type VerifyLogsResponse,
} from "#proto/hodei/logs.ts";
import { type GatewayFixture, startGateway } from "../../support/gateway-fixture.ts";
import { statusOf, unary } from "../../support/scripted-worker.ts";
import { until } from "../../support/until.ts";

function logs(gateway: GatewayFixture) {
  const address = `127.0.0.1:${gateway.port}`;
  const client = new LogStreamServiceClient(address, credentials.createInsecure());
  onTestFinished(() => client.close());
  return {
    get: (jobId: string, change: Partial<GetLogsRequest> = {}) =>
      unary<GetLogsResponse>((callback) =>
        client.getLogs({ jobId, limit: 0, sinceSequence: 0, ...change }, callback),
      ),
    verify: (jobId: string) =>
      unary<VerifyLogsResponse>((callback) => client.verifyLogs({ jobId }, callback)),
    subscribe: (jobId: string, change: Partial<SubscribeLogsRequest> = {}) =>
      new Subscriber(
        client.subscribeLogs({ jobId, includeHistory: true, tailLines: 0, ...change }),
      ),
  };
}

class Subscriber {
  readonly entries: JobLogEntry[] = [];
  readonly call: ClientReadableStream<JobLogEntry>;
  ended: string | null = null;

  constructor(call: ClientReadableStream<JobLogEntry>) {
    this.call = call;
    call.on("data", (entry: JobLogEntry) => this.entries.push(entry));
    call.on("error", () => {});
    call.on("status", ({ code }) => {
      this.ended = status[code] ?? String(code);
    });
  }

  get lines(): string[] {
    return this.entries.map(({ line }) => line);
  }

  async heard(count: number): Promise<string[]> {
    await until(`${count} lines are heard`, () => this.entries.length >= count);
    return this.lines;
  }

  async end(): Promise<string> {
    await until("the subscription is over", () => this.ended !== null);
    return this.ended ?? "";
  }
}

/** A running job whose worker writes what the test says. */
async function runningJob(gateway: GatewayFixture) {
  const worker = await gateway.readyWorker();
  const jobId = await gateway.submit();
  const command = await worker.control.take();
  const stream = worker.openLogs();
  let seq = 0;
  return {
    jobId,
    write: async (data: string, isStderr = false) => {
      seq += 1;
      stream.write(command, seq, data, { isStderr });
      await stream.acknowledged(seq);
    },
    finish: async () => {
      const resultId = worker.control.result(command, { logLastSeq: seq });
      await worker.control.verdict(resultId);
    },
  };
}

test("history, then live lines, each once and in order, until the job is over", async () => {
  const gateway = await startGateway();
  const job = await runningJob(gateway);
  await job.write("one\ntwo\n");
  await job.write("oops\n", true);
  const subscriber = logs(gateway).subscribe(job.jobId);
  await subscriber.heard(3);
  await job.write("three\nhal");
  await subscriber.heard(4);
  await job.write("f\nno newline");
  await job.finish();
  expect(await subscriber.end()).toBe("OK");
  expect(subscriber.lines).toEqual(["one", "two", "oops", "three", "half", "no newline"]);
  expect(subscriber.entries.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(subscriber.entries[2]).toMatchObject({ jobId: job.jobId, isStderr: true });
  expect(subscriber.entries[0]?.timestamp).toBeInstanceOf(Date);
});

test("a late subscriber gets all of it, the tail of it, or nothing, with the same numbers", async () => {
  const gateway = await startGateway();
  const job = await runningJob(gateway);
  await job.write("1\n2\n3\n4\n");
  const { subscribe } = logs(gateway);
  const live = subscribe(job.jobId, { includeHistory: false });
  const tail = subscribe(job.jobId, { tailLines: 2 });
  expect(await tail.heard(2)).toEqual(["3", "4"]);
  // What was stored before it began to listen is told apart by its number.
  await until("the live one has begun", async () => {
    await job.write(".\n");
    return live.entries.length > 0;
  });
  await job.finish();
  expect(await live.end()).toBe("OK");
  expect(live.lines).not.toContain("4");
  const late = subscribe(job.jobId);
  expect(await late.end()).toBe("OK");
  expect(late.lines.slice(0, 5)).toEqual(["1", "2", "3", "4", "."]);
  expect(await tail.end()).toBe("OK");
  expect(tail.entries).toEqual(late.entries.slice(2));
  const lateTail = subscribe(job.jobId, { tailLines: 1 });
  expect(await lateTail.end()).toBe("OK");
  expect(lateTail.entries).toEqual(late.entries.slice(-1));
  const lateLive = subscribe(job.jobId, { includeHistory: false });
  expect(await lateLive.end()).toBe("OK");
  expect(lateLive.entries).toEqual([]);
});

test("much output reaches a slow reader whole", async () => {
  const gateway = await startGateway();
  const job = await runningJob(gateway);
  const line = "x".repeat(1023);
  for (let n = 0; n < 100; n += 1) await job.write(`${line}\n`.repeat(16));
  await job.finish();
  const { subscribe, get } = logs(gateway);
  const subscriber = subscribe(job.jobId);
  subscriber.call.pause();
  const first = await get(job.jobId, { limit: 10_000 });
  expect(first.hasMore).toBe(true); // one message holds about a MiB
  const sinceSequence = first.entries.at(-1)?.sequence ?? 0;
  const rest = await get(job.jobId, { limit: 10_000, sinceSequence });
  expect(rest.hasMore).toBe(false);
  expect(first.entries.length + rest.entries.length).toBe(1600);
  subscriber.call.resume();
  expect(await subscriber.end()).toBe("OK");
  expect(subscriber.entries.map(({ sequence }) => sequence)).toEqual(
    Array.from({ length: 1600 }, (_, n) => n + 1),
  );
});

test("GetLogs pages through what is stored, and says when there is more", async () => {
  const gateway = await startGateway();
  const job = await runningJob(gateway);
  const { get } = logs(gateway);
  expect(await get(job.jobId)).toEqual({ entries: [], hasMore: false });
  await job.write("a\nb\nc\nd");
  const page = await get(job.jobId, { limit: 2 });
  expect(page.entries.map(({ line }) => line)).toEqual(["a", "b"]);
  expect(page.hasMore).toBe(true);
  const next = await get(job.jobId, { limit: 2, sinceSequence: 2 });
  expect(next.entries.map(({ line, sequence }) => [line, sequence])).toEqual([["c", 3]]);
  expect(next.hasMore).toBe(false); // "d" has not ended yet
  await job.finish();
  const last = await get(job.jobId, { sinceSequence: 3 });
  expect(last.entries.map(({ line, sequence }) => [line, sequence])).toEqual([["d", 4]]);
  expect(await get(job.jobId, { sinceSequence: 400 })).toEqual({ entries: [], hasMore: false });
});

test("what is asked wrongly, or of nobody's job, is refused", async () => {
  const gateway = await startGateway();
  const { get, subscribe } = logs(gateway);
  const jobId = await gateway.submit();
  expect(await statusOf(get(randomUUID()))).toBe("NOT_FOUND");
  expect(await statusOf(get("no-uuid"))).toBe("INVALID_ARGUMENT");
  expect(await statusOf(get(jobId, { limit: -1 }))).toBe("INVALID_ARGUMENT");
  expect(await statusOf(get(jobId, { sinceSequence: -1 }))).toBe("INVALID_ARGUMENT");
  expect(await subscribe(randomUUID()).end()).toBe("NOT_FOUND");
  expect(await subscribe("").end()).toBe("INVALID_ARGUMENT");
  expect(await subscribe(jobId, { tailLines: -1 }).end()).toBe("INVALID_ARGUMENT");
});

test("a subscriber who leaves is forgotten; one of a gateway that leaves is told to ask another", async () => {
  const gateway = await startGateway();
  const jobId = await gateway.submit();
  const { subscribe } = logs(gateway);
  const gone = subscribe(jobId);
  const stays = subscribe(jobId);
  gone.call.cancel();
  expect(await gone.end()).toBe("CANCELLED");
  gateway.hub.leave();
  expect(await stays.end()).toBe("UNAVAILABLE");
});

test("a subscription ends when the rows of its job are swept away", async () => {
  const gateway = await startGateway();
  const jobId = await gateway.submit();
  const subscriber = logs(gateway).subscribe(jobId);
  await gateway.query("delete from hodei.run where id = $1", [jobId]);
  expect(await subscriber.end()).toBe("NOT_FOUND");
});

test("the verdict has a word for each attempt, and its gaps", async () => {
  const gateway = await startGateway();
  const job = await runningJob(gateway);
  const { get, verify } = logs(gateway);
  await job.write("one\n");
  expect(await verify(job.jobId)).toMatchObject({
    ...{ complete: false, final: false },
    attempts: [{ state: OutputState.OUTPUT_STATE_OPEN, pieces: 1, bytes: 4, lastSeq: 1 }],
  });
  await job.write("two\n");
  await job.write("three\n");
  await job.finish();
  expect(await verify(job.jobId)).toMatchObject({
    ...{ complete: true, final: true },
    attempts: [{ state: OutputState.OUTPUT_STATE_COMPLETE, expectedLastSeq: 3, gaps: [] }],
  });
  await gateway.query("delete from hodei.log_chunk where seq = 2");
  expect((await verify(job.jobId)).attempts).toMatchObject([
    {
      state: OutputState.OUTPUT_STATE_GAPS,
      gaps: [{ from: 2, to: 2, reason: OutputGapReason.OUTPUT_GAP_REASON_LOST }],
    },
  ]);
  const { entries } = await get(job.jobId);
  expect(entries.map(({ line }) => line)).toEqual([
    ...["one", "[hodei] pieces 2 to 2 of attempt 1 are missing: they were never stored", "three"],
  ]);
  expect(await statusOf(verify(randomUUID()))).toBe("NOT_FOUND");
  expect(await statusOf(verify("no uuid"))).toBe("INVALID_ARGUMENT");
});
