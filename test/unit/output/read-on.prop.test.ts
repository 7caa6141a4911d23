import fc from "fast-check";
import { expect, test } from "vitest";
import { limits } from "#core/domain/limits.ts";
import { type AttemptOutput, behindGap, type Gap } from "#core/domain/output/attempt-output.ts";
import { type Place, readOn } from "#core/domain/output/read-on.ts";
import { type StoredOutput, verifyOutput } from "#core/domain/output/verify-output.ts";

/** An attempt that ended long ago: what it wrote, what of it is stored, and whether it said how much. */
const written = fc.record({
  stored: fc.array(fc.boolean(), { maxLength: 8 }),
  announced: fc.boolean(),
});

const attemptsOf = (all: readonly { stored: boolean[]; announced: boolean }[]): AttemptOutput[] =>
  all.map(({ stored, announced }, index) => ({
    ...{ attempt: index + 1, started: true, endedAgoMs: limits.announcedLogsMs },
    ...{ announcedSeq: announced ? stored.length : null, workerGoneAgoMs: null },
  }));

const piecesOf = (all: readonly { stored: boolean[] }[]): Place[] =>
  all.flatMap(({ stored }, index) =>
    stored.flatMap((isStored, at) => (isStored ? [{ attempt: index + 1, seq: at + 1 }] : [])),
  );

/** Reads page by page, so many pieces each, as every reader does. */
function readAll(attempts: AttemptOutput[], pieces: Place[], pageMax: number): (Place | Gap)[] {
  const read: (Place | Gap)[] = [];
  for (let after: Place = { attempt: 0, seq: 0 }; ; ) {
    const isBehind = ({ attempt, seq }: Place) =>
      attempt > after.attempt || (attempt === after.attempt && seq > after.seq);
    const page = readOn({
      ...{ after, final: true, expired: false },
      pieces: pieces.filter(isBehind).slice(0, pageMax),
      attempts: attempts.filter(({ attempt }) => attempt >= after.attempt),
    });
    read.push(...page.items);
    if (page.complete) return read;
    expect(page.next).not.toEqual(after);
    after = page.next;
  }
}

test("every number comes once and in order, as a piece or in a gap, whatever the pages", () => {
  fc.assert(
    fc.property(fc.array(written, { maxLength: 5 }), fc.integer({ min: 1, max: 9 }), (all, max) => {
      const attempts = attemptsOf(all);
      const pieces = piecesOf(all);
      const items = readAll(attempts, pieces, max);
      expect(items.filter((item) => !("reason" in item))).toEqual(pieces);
      for (const { attempt, announcedSeq } of attempts) {
        let last = 0;
        for (const item of items.filter((one) => one.attempt === attempt)) {
          expect("reason" in item ? item.from : item.seq).toBe(last + 1);
          last = "reason" in item ? (item.to ?? Number.POSITIVE_INFINITY) : item.seq;
        }
        expect(last).toBe(announcedSeq ?? Number.POSITIVE_INFINITY);
      }
    }),
  );
});

test("who goes on behind any item sees what comes behind it, and nothing twice", () => {
  fc.assert(
    fc.property(fc.array(written, { maxLength: 4 }), (all) => {
      const attempts = attemptsOf(all);
      const pieces = piecesOf(all);
      const items = readAll(attempts, pieces, 100);
      items.forEach((item, index) => {
        const after = "reason" in item ? behindGap(item) : item;
        const isBehind = ({ attempt, seq }: Place) =>
          attempt > after.attempt || (attempt === after.attempt && seq > after.seq);
        const rest = pieces.filter(isBehind);
        const known = attempts.filter(({ attempt }) => attempt >= after.attempt);
        const first = readOn({ after, pieces: rest, attempts: known, final: true, expired: false });
        const expected = items.slice(index + 1);
        expect(expected.slice(0, first.items.length)).toEqual(first.items);
        if (expected.length > 0) expect(first.items.length).toBeGreaterThan(0);
      });
    }),
  );
});

test("the verdict lists exactly the gaps that readers see", () => {
  fc.assert(
    fc.property(fc.array(written, { maxLength: 5 }), (all) => {
      const attempts = attemptsOf(all);
      const seen = readAll(attempts, piecesOf(all), 3).filter((item) => "reason" in item);
      const stored = all.map(({ stored: flags }, index): StoredOutput => {
        const seqs = flags.flatMap((isStored, at) => (isStored ? [at + 1] : []));
        const lastSeq = seqs.at(-1) ?? 0;
        const gaps = seen.filter(
          ({ attempt, to }) => attempt === index + 1 && (to ?? 9e9) < lastSeq,
        );
        const about = { bytes: 0, truncated: null, gaps, gapCount: gaps.length };
        return { attempt: index + 1, pieces: seqs.length, lastSeq, ...about };
      });
      const verdicts = verifyOutput({ attempts, stored, expired: false, uncheckedFrom: null });
      expect(verdicts.flatMap(({ gaps }) => gaps)).toEqual(seen);
      for (const [index, { state }] of verdicts.entries()) {
        const isWhole = all[index]?.stored.every(Boolean) && all[index]?.announced;
        expect(state === "complete").toBe(isWhole);
      }
    }),
  );
});
