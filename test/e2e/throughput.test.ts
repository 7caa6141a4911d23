import { afterAll, beforeAll, expect, test } from "vitest";
import { drain } from "../../bench/scenarios/drain.ts";
import { singleProducers } from "../../bench/scenarios/single-producers.ts";
import { type Databases, startDatabases } from "../../bench/stand/databases.ts";
import { hodei } from "../../bench/stand/hodei.ts";
import { graphileDefault, graphileTuned } from "../../bench/stand/peers.ts";

/**
 * The bench in short, against the square in a statement, the read too much, the wait of a socket.
 * What is compared was measured in the same minute; the bounds leave a factor of two for a machine
 * that does something else meanwhile.
 */
const DRAIN_SHARE_MIN = 0.4; // of graphile-worker as it comes
const SUSTAIN_SHARE_MIN = 0.3; // of graphile-worker tuned

let databases: Databases;
beforeAll(async () => {
  databases = await startDatabases();
});
afterAll(() => databases.close());

test("a backlog drains at a fair share of what a queue inside one process does", async () => {
  const theirs = await drain(databases, graphileDefault, 2_000);
  const ours = await drain(databases, hodei, 2_000);
  expect(ours.jobs).toBe(2_000);
  expect(ours.perSecond / theirs.perSecond).toBeGreaterThan(DRAIN_SHARE_MIN);
});

test("sixteen producers are served, and nobody's job is left", async () => {
  const load = { callers: 16, durationMs: 2_000 };
  const theirs = await singleProducers(databases, graphileTuned, load);
  const ours = await singleProducers(databases, hodei, load);
  expect(ours.perSecond / theirs.perSecond).toBeGreaterThan(SUSTAIN_SHARE_MIN);
  expect(ours.cost.commits / ours.jobs).toBeLessThan(COMMITS_PER_JOB_MAX);
});

/** Stored, placed, accepted, recorded: alone each is a commit, in company a part of one. */
const COMMITS_PER_JOB_MAX = 3;
