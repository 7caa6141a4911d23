import { readAttemptContexts } from "#adapters/store/reads/troubled.ts";
import { defineStatement, type Statement } from "#adapters/store/sql-client.ts";
import { appendLogs } from "#adapters/store/transitions/append-logs.ts";
import { assignRuns } from "#adapters/store/transitions/assign-runs.ts";
import { beatWorkers } from "#adapters/store/transitions/beat-workers.ts";
import { createWorkers } from "#adapters/store/transitions/create-workers.ts";
import { endAttempts } from "#adapters/store/transitions/end-attempts.ts";
import { unblockRuns } from "#adapters/store/transitions/end-machines.ts";
import { recordResults } from "#adapters/store/transitions/record-results.ts";
import { registerWorker } from "#adapters/store/transitions/register-worker.ts";
import { sha256Hex } from "#adapters/tokens/hmac-tokens.ts";
import type { Alter } from "../support/direct-client.ts";
import type { World } from "./world.ts";

/** A bug that is built in on purpose, to see whether it is found. */
export interface Plant {
  /** Of statements on their way. */
  readonly alter?: Alter;
  /** Of the token that a launch is idempotent by. */
  readonly launchToken?: (world: World) => string;
  /** Workers start what they are given at once, without waiting for their accept to be committed. */
  readonly ignoresGate?: boolean;
}

export const NO_BUG: Plant = {};

type Cuts = readonly (readonly [from: string, to: string])[];

/** A statement with parts of its text exchanged. Throws where one does not stand in it once. */
function changed(statement: Statement, cuts: Cuts): Plant {
  const text = cuts.reduce((before, [from, to]) => {
    if (before.split(from).length !== 2)
      throw new Error(`"${from}" does not stand once in ${statement.name}`);
    return before.replace(from, () => to);
  }, statement.text);
  const buggy = defineStatement(`${statement.name}, with bug ${sha256Hex(text).slice(0, 8)}`, text);
  return { alter: (one) => (one.name === statement.name ? buggy : one) };
}

interface PlantedBug {
  readonly plant: Plant;
  /** What must be broken by it, at the latest in one of two hundred lives: one of these. */
  readonly breaks: readonly string[];
  /** A life in which it was noticed, to be tried first: another order of events needs another one. */
  readonly seed: number;
}

export const PLANTED_BUGS: Readonly<Record<string, PlantedBug>> = {
  "fence check removed": {
    seed: 71,
    plant: changed(recordResults, [
      ["r.fence = x.fence and r.phase", "r.phase"],
      ["select r.id as run_id, r.fence,", "select r.id as run_id, x.fence,"],
    ]),
    breaks: [
      "success-is-of-newest-attempt",
      "one-live-attempt-per-run",
      "live-attempt-has-active-run",
    ],
  },
  "guard of the worker removed": {
    seed: 53,
    plant: changed(assignRuns, [["where w.phase = 'Ready' and", "where"]]),
    breaks: ["one-live-attempt-per-worker", "live-attempt-has-worker"],
  },
  "guard of the machine removed": {
    seed: 20,
    plant: changed(unblockRuns, [
      [
        "\n      and coalesce((select w.terminated_at is not null from hodei.worker w where w.id = r.blocked_by), true)",
        "",
      ],
    ]),
    breaks: ["after-gone-never-overlaps", "successor-waits-for-machine"],
  },
  "double provisioning": {
    seed: 1,
    plant: changed(createWorkers, [
      ["where launch_epoch = :launchEpoch::bigint", "where :launchEpoch::bigint >= 0"],
    ]),
    breaks: ["pool-within-its-maximum"],
  },
  "one launch, two machines": {
    seed: 1,
    plant: { launchToken: (world) => world.draw.uuid() },
    breaks: ["one-machine-per-worker"],
  },
  "retry counted twice": {
    seed: 2,
    plant: changed(readAttemptContexts, [["'charged', count(*)", "'charged', 2 * count(*)"]]),
    breaks: ["every-retry-is-given"],
  },
  "lease by the wrong clock": {
    seed: 1,
    plant: changed(beatWorkers, [
      [
        "else t.now + hodei.millis(:leaseMs::float8)",
        "else t.now - interval '1 minute' + hodei.millis(:leaseMs::float8)",
      ],
    ]),
    breaks: ["code-ends-before-its-lease", "every-run-ends"],
  },
  "code starts before its accept is committed": {
    seed: 1,
    plant: { ignoresGate: true },
    breaks: ["code-starts-after-its-accept"],
  },
  "successor does not wait for the machine": {
    seed: 20,
    plant: changed(endAttempts, [
      ["and d.block_until_gone then d.worker_id", "and false then d.worker_id"],
    ]),
    breaks: ["after-gone-never-overlaps", "successor-waits-for-machine"],
  },
  "output acknowledged and not stored": {
    seed: 1,
    plant: changed(appendLogs, [
      ["from x order by x.run_id", "from x where x.seq <> 2 order by x.run_id"],
    ]),
    breaks: [...["output-without-gaps", "output-without-holes", "acknowledged-output-is-there"]],
  },
  "token good for another session": {
    seed: 2,
    plant: changed(registerWorker, [[" and w.session_sha256 = :sessionSha256::text))", "))"]]),
    breaks: ["token-of-one-session"],
  },
};
