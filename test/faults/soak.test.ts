import { describe, expect, test } from "vitest";
import { limits } from "#core/domain/limits.ts";
import { FULL } from "../../bench/scale/effort.ts";
import { idleWorkers } from "../../bench/scale/idle-workers.ts";
import { PLAIN, pendingRuns } from "../../bench/scale/pending-runs.ts";
import { type Databases, startDatabases } from "../../bench/stand/databases.ts";
import { soak } from "../soak/soak.ts";
import { HURRIED } from "./matrix.ts";

/** `npm run soak` sets them; without them `npm test` has some seconds of it. */
const minutes = Number(process.env.HODEI_SOAK_MINUTES ?? "0");
const seed = Number(process.env.HODEI_SOAK_SEED ?? "1");
const isShort = minutes === 0;
const durationMs = isShort ? 5_000 : minutes * 60_000;
const ENDS_WITHIN_MS = 600_000;

const TICK_RATIO_MAX = 2;
const CONNECTED = { workers: 2_000, windowMs: 40_000 };
const MEMORY_RATIO_MAX = 1.15;
/** A period with its jitter, the second in which a gateway gathers beats, and the machine's own business. */
const SILENCE_MS_MAX = 1.5 * limits.heartbeatPeriodMs;

const say = (line: string) => {
  if (!isShort) process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
};

/** In short, and more of it: test/bench/scale.test.ts. */
if (!isShort)
  describe("at full size", () => {
    const on = async <T>(measure: (databases: Databases) => Promise<T>): Promise<T> => {
      const databases = await startDatabases();
      return measure(databases).finally(() => databases.close());
    };

    test("50,000 waiting runs cost a tick no more than twice what 500 cost", async () => {
      const { few, many } = await on((databases) => pendingRuns(databases, PLAIN, FULL));
      const ratio = many.tick.leastMs / few.tick.leastMs;
      say(`a tick with ${many.runs} waiting runs: ${ratio.toFixed(2)} × that with ${few.runs}`);
      expect(ratio).toBeLessThanOrEqual(TICK_RATIO_MAX);
    });

    test("2,000 workers stay connected to one gateway and are heard in time, and its memory is flat", async () => {
      const { attached, longestSilenceMs, memory } = await on((databases) =>
        idleWorkers(databases, { ...FULL, idle: CONNECTED }),
      );
      const ratio = memory.end / memory.middle;
      say(
        `${attached} workers at the end, the longest silence ${longestSilenceMs} ms; memory ${ratio.toFixed(2)} × that of the middle`,
      );
      expect(attached).toBe(CONNECTED.workers);
      expect(longestSilenceMs).toBeLessThan(SILENCE_MS_MAX);
      expect(ratio).toBeLessThan(MEMORY_RATIO_MAX);
    });
  });

test(
  "continuous load with faults drawn from a seed: nothing is lost, doubled or left, and every rule is kept",
  async () => {
    say(`seed ${seed}, ${minutes} minutes`);
    const report = await soak({
      ...{ seed, durationMs, say },
      ...{ loadEveryMs: isShort ? 150 : 350, blowEveryMs: isShort ? 400 : 3_000 },
      // In seconds a default lease would not even run out once.
      stand: isShort ? HURRIED : {},
    });
    const { open, left, violations, history, grown, ...seen } = report;
    for (const [what, counted] of Object.entries(seen))
      say(`${what}: ${JSON.stringify(counted instanceof Map ? [...counted] : counted)}`);
    const nothing = { open: [], left: [], violations: [], history: [], grown: [] };
    expect({ open, left, violations, history, grown: isShort ? [] : grown }).toEqual(nothing);
    expect([...report.submitted.values()].reduce((sum, n) => sum + n, 0)).toBeGreaterThan(20);
    expect(report.struck.size).toBeGreaterThan(3);
    for (const kind of ["call", "answer", "message", "row", "witness", "fault"])
      expect(report.recorded.get(kind), kind).toBeGreaterThan(5);
  },
  durationMs + ENDS_WITHIN_MS,
);
