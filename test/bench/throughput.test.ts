import { afterAll, beforeAll, expect, test } from "vitest";
import { nodeSpawns } from "../../bench/scenarios/bare-spawns.ts";
import { bulkSubmit } from "../../bench/scenarios/bulk-submit.ts";
import { drain } from "../../bench/scenarios/drain.ts";
import { singleProducers } from "../../bench/scenarios/single-producers.ts";
import { workOff } from "../../bench/scenarios/work-off.ts";
import { type Databases, startDatabases } from "../../bench/stand/databases.ts";
import { hodei, realWorkers } from "../../bench/stand/hodei.ts";
import { graphileDefault, graphileTuned } from "../../bench/stand/peers.ts";

/**
 * The bench in short, against the square in a statement, the read too much, the wait of a socket.
 * What is compared was measured in the same minute; the bounds leave a factor of two for a machine
 * that does something else meanwhile.
 */
const DRAIN_SHARE_MIN = 0.4; // of graphile-worker as it comes
const SUSTAIN_SHARE_MIN = 0.3; // of graphile-worker tuned
const BULK_SHARE_MIN = 0.1;
const REAL_SHARE_MIN = 0.05; // of as many Node processes that spawn and wait

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

test("many jobs a request are stored at a fair share of what a queue of bare rows does", async () => {
  const load = { callers: 4, perRequest: 100, durationMs: 500 };
  const theirs = await bulkSubmit(databases, graphileTuned, load);
  const ours = await bulkSubmit(databases, hodei, load);
  expect(ours.perSecond / theirs.perSecond).toBeGreaterThan(BULK_SHARE_MIN);
});

test("real workers start programs at a fair share of what processes do that only start them", async () => {
  const [workers, jobs] = [4, 100];
  const bare = await nodeSpawns("/bin/true", workers, 500);
  const ours = await workOff(databases, realWorkers(workers), { jobs });
  expect(ours.jobs).toBe(jobs);
  expect(ours.perSecond / bare.perSecond).toBeGreaterThan(REAL_SHARE_MIN);
});

/** Stored, placed, accepted, recorded: alone each is a commit, in company a part of one. */
const COMMITS_PER_JOB_MAX = 3;
