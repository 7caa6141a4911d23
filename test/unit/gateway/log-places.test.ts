import { expect, it } from "vitest";
import { BEGINNING, LogPlaces } from "../../../gateway/log-places.ts";

const place = (seq: number, lines: number, attempt = 1) => ({ cursor: { attempt, seq }, lines });

it("the last place before a line is known, and the beginning where none is", () => {
  const places = new LogPlaces();
  for (const one of [place(1, 10), place(2, 20), place(1, 30, 2)]) places.note("job", one);
  expect(places.before("job", 9)).toBe(BEGINNING);
  expect(places.before("job", 10)).toEqual(place(1, 10));
  expect(places.before("job", 29)).toEqual(place(2, 20));
  expect(places.before("job", Number.MAX_SAFE_INTEGER)).toEqual(place(1, 30, 2));
  expect(places.before("other", 29)).toBe(BEGINNING);
});

it("a place that a slower reader comes to is not taken twice", () => {
  const places = new LogPlaces();
  places.note("job", place(2, 20));
  places.note("job", place(1, 10));
  expect(places.before("job", 15)).toBe(BEGINNING);
});

it("is bounded: places of a long output thin out, jobs nobody asks about are forgotten", () => {
  const places = new LogPlaces();
  for (let n = 1; n <= 5_000; n += 1) places.note("long", place(n, n));
  expect(places.before("long", 5_000)).toEqual(place(5_000, 5_000));
  expect(places.before("long", 2_500).lines).toBeGreaterThan(2_400);
  for (let n = 0; n < 300; n += 1) places.note(`job ${n}`, place(1, 1));
  expect(places.before("long", 5_000)).toBe(BEGINNING);
  expect(places.before("job 299", 1)).toEqual(place(1, 1));
});
