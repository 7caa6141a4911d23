import { type RecordedStand, startRecordedStand } from "../faults/recorded-stand.ts";
import type { StandOptions } from "../faults/stand.ts";
import { Draw } from "../simulation/draw.ts";
import { until } from "../support/until.ts";
import { Blows } from "./blows.ts";
import { Load } from "./load.ts";
import { ProcessMemory } from "./process-memory.ts";

export interface SoakOptions {
  readonly seed: number;
  readonly durationMs: number;
  readonly stand: StandOptions;
  /** Between two runs, and between two blows. */
  readonly loadEveryMs: number;
  readonly blowEveryMs: number;
  readonly say: (line: string) => void;
}

export interface SoakReport {
  readonly submitted: ReadonlyMap<string, number>;
  readonly struck: ReadonlyMap<string, number>;
  readonly phases: Readonly<Record<string, number>>;
  /** All of these must be empty. */
  readonly open: readonly string[];
  readonly left: readonly string[];
  readonly violations: readonly unknown[];
  readonly history: readonly string[];
  /** How much of each kind the history holds. */
  readonly recorded: ReadonlyMap<string, number>;
  readonly grown: readonly string[];
  readonly memory: ProcessMemory["peaks"];
}

const ENDS_WITHIN_MS = 300_000;
const LOOK_MS = 1_000;

/** Load and blows on a stand, and then everything must end and nothing may be wrong. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const recorded = await startRecordedStand(options.stand);
  try {
    return await live(recorded, options);
  } finally {
    await recorded.stand.end();
  }
}

async function live(recorded: RecordedStand, options: SoakOptions): Promise<SoakReport> {
  const { stand, history } = recorded;
  const { seed, durationMs, loadEveryMs, blowEveryMs, say } = options;
  const load = new Load(stand, new Draw(seed), history.witness);
  const blows = new Blows(stand, new Draw(seed + 1));
  const memory = new ProcessMemory();
  const end = performance.now() + durationMs;
  const calls = new Set<Promise<void>>();
  let [loadAt, blowAt, lookAt] = [0, performance.now() + blowEveryMs, 0];
  let blow: Promise<void> | null = null;
  await until(
    "the time is over",
    async () => {
      const now = performance.now();
      if (now >= loadAt) {
        loadAt = now + loadEveryMs;
        const call = load.one().catch(() => {}); // what was not answered, the history knows
        calls.add(call);
        void call.finally(() => calls.delete(call));
      }
      if (now >= blowAt && blow === null) {
        blow = blows.one().then((name) => {
          history.fault(name);
          say(name);
          blow = null;
          blowAt = performance.now() + blowEveryMs;
        });
      }
      if (now >= lookAt) {
        lookAt = now + LOOK_MS;
        memory.look("gateway", stand.gateway.pid);
        memory.look("functions", stand.functions.pid);
        memory.look("Postgres", stand.server.pid);
      }
      return now >= end;
    },
    durationMs + 60_000,
  );
  await blow;
  await stand.heal();
  await Promise.all(calls);
  say("nothing is done any more; everything must end");
  return judge(recorded, { load, blows, memory });
}

const OPEN = "select id from hodei.run where finished_at is null";
const PHASES = "select phase, count(*)::int as n from hodei.run group by phase order by phase";

async function judge(
  { stand, history, judgeAtRest }: RecordedStand,
  { load, blows, memory }: { load: Load; blows: Blows; memory: ProcessMemory },
): Promise<SoakReport> {
  const ended = async () => (await stand.rows(OPEN)).length === 0;
  await until("every run is final", ended, ENDS_WITHIN_MS).catch(() => {}); // the report says which
  const open = await stand.rows<{ id: string }>(OPEN);
  const left = await stand.leftAfterTwoSweeps();
  const phases = await stand.rows<{ phase: string; n: number }>(PHASES);
  const broken = await judgeAtRest();
  return {
    submitted: load.submitted,
    struck: blows.struck,
    phases: Object.fromEntries(phases.map(({ phase, n }) => [phase, n])),
    open: open.map(({ id }) => id),
    ...{ left, violations: await stand.violations() },
    history: broken.map(({ rule, what }) => `${rule}: ${what} (${history.file})`),
    recorded: history.seen,
    ...{ grown: memory.grown, memory: memory.peaks },
  };
}
