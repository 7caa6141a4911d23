import fc from "fast-check";

/** How many times the usual number of runs: `npm run fuzz` says 50. */
const TIMES = Math.max(1, Number(process.env.HODEI_FUZZ_RUNS) || 1);
const SEED = Number(process.env.HODEI_FUZZ_SEED);

/** Parameters of a property that asks for this many runs in `npm test`. A failure prints seed and path. */
export const fuzzed = (runs: number) => ({
  numRuns: runs * TIMES,
  ...(Number.isInteger(SEED) && process.env.HODEI_FUZZ_SEED ? { seed: SEED } : {}),
});

/** A test's time limit for that many runs. */
export const fuzzTimeout = (ms: number): number => ms * TIMES;

/** Texts that programs stumble over. */
export const oddTexts: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ...["", " ", "\0", "a\0b", "\n", "\r\n", "\u001b[2J", "\u202e", "\ufeff", "\uffff", "e\u0301"],
    ...["__proto__", "constructor", "toString", "hasOwnProperty", "prototype", "length", "null"],
    ...["NaN", "Infinity", "-0", "1e309", "0x10", "true", "undefined", "[object Object]"],
    ...["../../etc/passwd", "%00", "%ff", "'; drop table hodei.run; --", "{{x}}", "$1", ":id"],
    ...["😀", "👩‍👩‍👧‍👦", "ﷺ", "Ａ", "İ", "ß", "\u{10ffff}"],
  ),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((n) => String.fromCharCode(n)) }),
  fc.integer({ min: 200, max: 70_000 }).map((length) => "x".repeat(length)),
  fc.integer({ min: 50, max: 1_000 }).map((length) => "😀".repeat(length)),
);

/** Numbers that are too large, too small, too fine, or none. */
export const oddNumbers: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(
    ...[0, -0, -1, 0.1, 1e-7, 1e21, 1e308, -1e308, 5e-324, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53)],
    ...[2 ** 53 + 2, 2 ** 63, 2 ** 64, 1.5],
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
);
