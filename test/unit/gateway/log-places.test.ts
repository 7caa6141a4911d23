import { expect, it } from "vitest";
import { BEGINNING, LogPlaces } from "../../../gateway/log-places.ts";

const JOB = { id: "job", createdAt: 1 };
const LONG = { id: "long", createdAt: 1 };
const place = (seq: number, lines: number, attempt = 1) => ({ cursor: { attempt, seq }, lines });

it("the last place before a line is known, and the beginning of a job that took its id", () => {
  const places = new LogPlaces();
  for (const one of [place(1, 10), place(2, 20), place(1, 30, 2)]) places.note(JOB, one);
  expect(places.before(JOB, 9)).toBe(BEGINNING);
  expect(places.before(JOB, 10)).toEqual(place(1, 10));
  expect(places.before(JOB, 29)).toEqual(place(2, 20));
  expect(places.before(JOB, Number.MAX_SAFE_INTEGER)).toEqual(place(1, 30, 2));
  expect(places.before({ ...JOB, createdAt: 2 }, 29)).toBe(BEGINNING);
});

it("a place that a slower reader comes to is not taken twice", () => {
  const places = new LogPlaces();
  places.note(JOB, place(2, 20));
  places.note(JOB, place(1, 10));
  expect(places.before(JOB, 15)).toBe(BEGINNING);
});

it("is bounded: places of a long output thin out, jobs nobody asks about are forgotten", () => {
  const places = new LogPlaces();
  for (let n = 1; n <= 5_000; n += 1) places.note(LONG, place(n, n));
  expect(places.before(LONG, 5_000)).toEqual(place(5_000, 5_000));
  expect(places.before(LONG, 2_500).lines).toBeGreaterThan(2_400);
  for (let n = 0; n < 300; n += 1) places.note({ id: `job ${n}`, createdAt: 1 }, place(1, 1));
  expect(places.before(LONG, 5_000)).toBe(BEGINNING);
  expect(places.before({ id: "job 299", createdAt: 1 }, 1)).toEqual(place(1, 1));
});
