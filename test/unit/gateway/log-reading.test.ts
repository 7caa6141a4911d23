import { expect, test } from "vitest";
import type { LogPage, LogPiece } from "#core/ports/run-reader.ts";
import { LogPlaces } from "../../../gateway/log-places.ts";
import { LogReading } from "../../../gateway/log-reading.ts";

const job = { id: "job", createdAt: 0 };
const about = { attempt: 1, stream: "stdout", at: 0, truncated: null } as const;
const written: LogPiece = { ...about, seq: 1, data: Buffer.from("a\nb\npart"), gap: null };
const mark: LogPiece = {
  ...about,
  ...{ seq: 2, data: new Uint8Array() },
  gap: { attempt: 1, from: 2, to: null, reason: "unknown-end" },
};

/** The output of a worker that was lost: the mark at its end is said to every reader who comes. */
const reader = {
  logs: async (_id: string, after: { seq: number }): Promise<LogPage> => ({
    pieces: after.seq === 0 ? [written, mark] : [mark],
    ...{ next: { attempt: 1, seq: 1 }, complete: true },
  }),
};

async function linesAfter(places: LogPlaces, after: number) {
  const { lines } = await new LogReading(reader, places, { job, after }).next();
  return lines.filter(({ sequence }) => sequence > after).map(({ sequence }) => sequence);
}

test("the mark at the end has one number, whoever asks for it and how often", async () => {
  const places = new LogPlaces();
  expect(await linesAfter(places, 0)).toEqual([1, 2, 3, 4]);
  expect(await linesAfter(places, 4)).toEqual([]);
  expect(await linesAfter(places, 3)).toEqual([4]);
});
