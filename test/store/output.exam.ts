import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { limits } from "#core/domain/limits.ts";
import type { LogCursor, LogPage } from "#core/ports/run-reader.ts";
import { anEnd, exitCode } from "../support/factories.ts";
import type { StoreFixture } from "../support/store-fixture.ts";
import type { Held } from "../support/store-scene.ts";
import { exam } from "./exam.ts";
import { chunk } from "./logs.exam.ts";

const START: LogCursor = { attempt: 0, seq: 0 };

const write = (at: StoreFixture, held: Held, ...seqs: readonly number[]) =>
  at.store.appendLogs(seqs.map((seq) => chunk(held, seq)));

/** As a worker that passes over pieces would leave it, which no honest one does. */
const writeWithHoles = async (at: StoreFixture, held: Held, ...seqs: readonly number[]) => {
  await at.tables.plant("select 'holes'");
  await write(at, held, ...seqs);
};

const endWith = async (at: StoreFixture, held: Held, logLastSeq: number | null) =>
  at.store.recordResults([{ ...(await at.resultOf(held)), logLastSeq }]);

/** What a reader sees: `attempt.seq` of each piece, and `attempt.from-to reason` of each gap. */
const seen = ({ pieces }: Pick<LogPage, "pieces">): string[] =>
  pieces.map(({ attempt, seq, gap }) =>
    gap ? `${attempt}.${gap.from}-${gap.to ?? "?"} ${gap.reason}` : `${attempt}.${seq}`,
  );

const read = (at: StoreFixture, { runId }: Held, after = START) =>
  at.reader.logs(runId, after, 9_999);

/** A run whose first attempt was lost behind these pieces, and whose second one runs. */
async function secondAttempt(at: StoreFixture, ...seqs: readonly number[]) {
  const first = await at.running({ spec: { backoffLimit: 1, replacement: "AfterLost" } });
  await write(at, first, ...seqs);
  return first;
}

const retry = async (at: StoreFixture, { runId }: Held): Promise<Held> => {
  await at.tables.advance(1_000_000); // whatever the backoff is
  const held = await at.assign(runId, await at.ready());
  await at.store.acceptAttempts([held]);
  return held;
};

/** How output is read where some of it is missing, or comes late. */
export const gaps = exam({
  "a hole between pieces is a mark in its place": async (at) => {
    const held = await at.running();
    await writeWithHoles(at, held, 1, 2, 5, 7);
    const page = await read(at, held);
    expect(seen(page)).toEqual(["1.1", "1.2", "1.3-4 lost", "1.5", "1.6-6 lost", "1.7"]);
    expect(page.pieces[2]).toMatchObject({ seq: 3, stream: "stdout", truncated: null });
    expect(seen(await read(at, held, { attempt: 1, seq: 4 }))).toEqual([
      ...["1.5", "1.6-6 lost", "1.7"],
    ]);
  },

  "pieces of an attempt that arrive after those of the next one come before them": async (at) => {
    const first = await at.running({ spec: { backoffLimit: 1 } });
    await write(at, first, 1);
    await at.store.recordResults([{ ...(await at.resultOf(first, exitCode(1))), logLastSeq: 2 }]);
    await at.tables.advance(20_000);
    const second = await at.assign(first.runId, await at.ready());
    await at.store.acceptAttempts([second]);
    await write(at, second, 1);
    const page = await read(at, first);
    expect(seen(page)).toEqual(["1.1"]);
    expect(seen(await read(at, first, page.next))).toEqual([]);
    await write(at, first, 2);
    expect(seen(await read(at, first, page.next))).toEqual(["1.2", "2.1"]);
  },

  "what was announced and never came is a mark, once it cannot come any more": async (at) => {
    const held = await at.running();
    await write(at, held, 1);
    await endWith(at, held, 4);
    const place = { attempt: 1, seq: 1 };
    expect(await read(at, held, place)).toMatchObject({ pieces: [], complete: false });
    await at.tables.advance(limits.announcedLogsMs - 1);
    expect(await read(at, held, place)).toMatchObject({ pieces: [], complete: false });
    await at.tables.advance(1);
    const page = await read(at, held, place);
    expect(seen(page)).toEqual(["1.2-4 lost"]);
    expect(page.complete).toBe(true);
    expect(seen(await read(at, held, { attempt: 1, seq: 4 }))).toEqual([]);
  },

  "where a worker was lost, a reader is told so and led on to the next attempt": async (at) => {
    const first = await secondAttempt(at, 1, 2);
    await at.lapse();
    const second = await retry(at, first);
    await write(at, second, 1);
    const page = await read(at, first);
    expect(seen(page)).toEqual(["1.1", "1.2", "1.3-? unknown-end", "2.1"]);
    expect(page.next).toEqual({ attempt: 2, seq: 1 });
    expect(seen(await read(at, first, { attempt: 2, seq: 0 }))).toEqual(["2.1"]);
  },

  "a worker that has ended cannot send any more": async (at) => {
    const held = await at.running({ spec: { infrastructureLimit: 0 } });
    await write(at, held, 1);
    await at.lapse();
    await at.tables.plant(
      "update hodei.worker set phase = 'Terminated', terminated_at = hodei.clock()",
    );
    const place = { attempt: 1, seq: 1 };
    await at.tables.advance(limits.goneLogsMs - 1);
    expect((await read(at, held, place)).complete).toBe(false);
    await at.tables.advance(1);
    const page = await read(at, held, place);
    expect([seen(page), page.complete]).toEqual([["1.2-? unknown-end"], true]);
  },
});

const verdict = async (at: StoreFixture, { runId }: Pick<Held, "runId">) =>
  (await at.reader.verifyLogs(runId)) ?? expect.fail("there is no such run");

/** Whether all output is stored. */
export const verdicts = exam({
  "a live attempt is open, and its run is not final": async (at) => {
    const held = await at.running();
    await write(at, held, 1, 2);
    expect(await verdict(at, held)).toMatchObject({
      ...{ complete: false, final: false },
      attempts: [
        { attempt: 1, state: "open", pieces: 2, bytes: 14, lastSeq: 2, expectedLastSeq: null },
      ],
    });
  },

  "with everything up to its announced end it is complete": async (at) => {
    const held = await at.running();
    await write(at, held, 1, 2, 3);
    await endWith(at, held, 3);
    expect(await verdict(at, held)).toEqual({
      ...{ complete: true, final: true },
      attempts: [
        {
          ...{ attempt: 1, state: "complete", complete: true, pieces: 3, bytes: 21, lastSeq: 3 },
          ...{ expectedLastSeq: 3, truncated: null, gaps: [], gapCount: 0 },
        },
      ],
    });
  },

  "a job that wrote nothing is complete": async (at) => {
    const held = await at.running();
    await endWith(at, held, 0);
    expect(await verdict(at, held)).toMatchObject({ complete: true, attempts: [{ pieces: 0 }] });
  },

  "until the last of it has come it is arriving, and later it has a gap": async (at) => {
    const held = await at.running();
    await write(at, held, 1);
    await endWith(at, held, 3);
    expect(await verdict(at, held)).toMatchObject({ attempts: [{ state: "arriving", gaps: [] }] });
    await at.tables.advance(limits.announcedLogsMs);
    expect(await verdict(at, held)).toMatchObject({
      complete: false,
      attempts: [{ state: "gaps", gaps: [{ from: 2, to: 3, reason: "lost" }], gapCount: 1 }],
    });
  },

  "with a lost worker the end is unknown, and the next attempt may be complete": async (at) => {
    const first = await secondAttempt(at, 1, 2);
    await at.lapse();
    const second = await retry(at, first);
    await write(at, second, 1);
    await endWith(at, second, 1);
    expect(await verdict(at, first)).toMatchObject({
      ...{ complete: false, final: true },
      attempts: [
        {
          ...{ state: "unknown-end", complete: false, lastSeq: 2, expectedLastSeq: null },
          gaps: [{ from: 3, to: null, reason: "unknown-end" }],
        },
        { state: "complete", complete: true, lastSeq: 1 },
      ],
    });
  },

  "a worker that was told to stop, and said how its job ended, said how much there was": async (
    at,
  ) => {
    const held = await at.running({ spec: { infrastructureLimit: 0 } });
    await write(at, held, 1, 2);
    const drained = anEnd({ failure: "worker-lost", exitCode: 7, detail: "drained" });
    await at.store.recordResults([{ ...(await at.resultOf(held, drained)), logLastSeq: 2 }]);
    expect(await verdict(at, held)).toMatchObject({
      ...{ complete: true, attempts: [{ state: "complete", expectedLastSeq: 2 }] },
    });
  },

  "an attempt that never started wrote nothing": async (at) => {
    const held = await at.assigned();
    await at.cancel(held.runId);
    await at.endTroubled();
    expect(await verdict(at, held)).toMatchObject({
      ...{ complete: true, attempts: [{ state: "complete", expectedLastSeq: 0 }] },
    });
  },

  "what was dropped beyond the cap is said": async (at) => {
    const held = await at.running();
    const dropped = { droppedBytes: 7_000_000_000, droppedLines: 3 };
    await at.store.appendLogs([
      chunk(held, 1),
      chunk(held, 2, { data: Buffer.alloc(0), ...dropped }),
    ]);
    await endWith(at, held, 2);
    expect(await verdict(at, held)).toMatchObject({
      ...{ complete: false, attempts: [{ state: "truncated", truncated: dropped, gaps: [] }] },
    });
  },

  "more than was announced is no known end": async (at) => {
    const held = await at.running();
    await write(at, held, 1, 2);
    await endWith(at, held, 1);
    await at.tables.advance(limits.announcedLogsMs);
    expect(await verdict(at, held)).toMatchObject({
      attempts: [{ state: "unknown-end", gaps: [{ from: 3, to: null }] }],
    });
  },

  "past its time to live what is missing was deleted": async (at) => {
    const held = await at.running({ spec: { ttlSecondsAfterFinished: 60 } });
    await write(at, held, 1, 2, 3);
    await endWith(at, held, 3);
    await at.tables.advance(60_000);
    expect(await verdict(at, held)).toMatchObject({ complete: true });
    await at.tables.plant("delete from hodei.log_chunk where seq = 2");
    expect(await verdict(at, held)).toMatchObject({
      attempts: [{ state: "deleted", gaps: [{ from: 2, to: 2, reason: "deleted" }] }],
    });
    await at.tables.plant("delete from hodei.log_chunk");
    expect(await verdict(at, held)).toMatchObject({
      attempts: [{ state: "deleted", pieces: 0, gaps: [{ from: 1, to: 3, reason: "deleted" }] }],
    });
    expect(seen(await read(at, held))).toEqual(["1.1-3 deleted"]);
  },

  "many statements give the same answer as one, and gaps that are not listed are counted": async (
    at,
  ) => {
    const first = await secondAttempt(at);
    await writeWithHoles(at, first, 1, 2, 4, 5, 7);
    await at.store.recordResults([{ ...(await at.resultOf(first, exitCode(1))), logLastSeq: 7 }]);
    const second = await retry(at, first);
    await write(at, second, 2, 3, 5);
    await endWith(at, second, 5);
    const once = await verdict(at, first);
    expect(
      once.attempts.map(({ state, pieces, gaps: { length } }) => [state, pieces, length]),
    ).toEqual([
      ["gaps", 5, 2],
      ["gaps", 3, 2],
    ]);
    for (const piecesMax of [1, 2, 3, 5, 8])
      expect(
        await at.logsWithin({ piecesMax, statementsMax: 9, gapsMax: 9 }).verifyLogs(first.runId),
      ).toEqual(once);
    const short = await at
      .logsWithin({ piecesMax: 3, statementsMax: 9, gapsMax: 3 })
      .verifyLogs(first.runId);
    expect(short?.attempts.map(({ gaps: { length }, gapCount }) => [length, gapCount])).toEqual([
      [2, 2],
      [1, 2],
    ]);
  },

  "what one answer does not reach is unchecked": async (at) => {
    const first = await secondAttempt(at, 1, 2);
    await at.store.recordResults([{ ...(await at.resultOf(first, exitCode(1))), logLastSeq: 2 }]);
    const second = await retry(at, first);
    await write(at, second, 1, 2, 3);
    await endWith(at, second, 3);
    const looked = await at
      .logsWithin({ piecesMax: 2, statementsMax: 2, gapsMax: 9 })
      .verifyLogs(first.runId);
    expect(looked).toMatchObject({
      ...{ complete: false, attempts: [{ state: "complete" }, { state: "unchecked", pieces: 2 }] },
    });
  },

  "nobody's output has no verdict, and a run without an attempt nothing to miss": async (at) => {
    expect(await at.reader.verifyLogs(randomUUID())).toBeNull();
    const runId = await at.submit();
    expect(await verdict(at, { runId })).toEqual({ complete: false, final: false, attempts: [] });
    await at.cancel(runId);
    expect(await verdict(at, { runId })).toEqual({ complete: true, final: true, attempts: [] });
  },
});
