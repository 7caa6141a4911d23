/**
 * `npm run sim`: lives of an install, one for each seed, on all cores.
 *
 *   npm run sim -- --seed 123               one, with its journal
 *   npm run sim -- --seeds 2000             many, from seed 1 (--from N) on
 *   npm run sim -- --seed 1 --bug "double provisioning"    with a bug built in on purpose
 *
 * Exit code 1 when an invariant was broken, 2 when the arguments are no good.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startPostgres } from "#local/postgres/start-postgres.ts";
import { migrated } from "../../bench/scale/migrated-database.ts";
import { SimulatedDatabase } from "./database.ts";
import { NO_BUG, PLANTED_BUGS } from "./planted-bugs.ts";
import { type Outcome, simulate } from "./simulate.ts";

const SEEDS_DEFAULT = 200;

/** The arguments, before anything is started; ends the process when they are no good. */
function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        ...{ seed: { type: "string" }, seeds: { type: "string" }, from: { type: "string" } },
        bug: { type: "string" },
        // What a child process is told: which of the seeds are its.
        share: { type: "string" },
      },
    });
    const isOne = values.seed !== undefined;
    return { ...{ share: values.share, isOne }, seeds: seedsOf(values), bug: bugOf(values.bug) };
  } catch (error) {
    process.stderr.write(`sim: ${(error as Error).message}\n`);
    process.exit(2);
  }
}

type Values = Readonly<Partial<Record<"seed" | "seeds" | "from" | "bug" | "share", string>>>;

function number(values: Values, name: "seed" | "seeds" | "from", byDefault: number): number {
  const text = values[name] ?? String(byDefault);
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} must be a whole number`);
  return Number(text);
}

function seedsOf(values: Values): readonly number[] {
  if (values.seed !== undefined) return [number(values, "seed", 1)];
  const from = number(values, "from", 1);
  const all = Array.from({ length: number(values, "seeds", SEEDS_DEFAULT) }, (_, n) => from + n);
  const [part, parts] = (values.share ?? "0/1").split("/").map(Number) as [number, number];
  return all.filter((seed) => seed % parts === part);
}

/** null = none is built in. */
function bugOf(name: string | undefined) {
  if (name === undefined) return null;
  const bug = PLANTED_BUGS[name];
  if (bug) return bug.plant;
  throw new Error(`--bug must be one of: ${Object.keys(PLANTED_BUGS).join(", ")}`);
}

const { share, isOne, seeds, bug } = readArguments();

function say({ seed, runs, simulatedMs, digest, findings, journal }: Outcome): void {
  if (isOne) process.stdout.write(journal);
  const said = findings.map(({ invariant, detail }) => `\n  ${invariant}: ${detail}`).join("");
  const lived = `${runs} runs in ${simulatedMs / 1000} s, journal ${digest.slice(0, 12)}`;
  process.stdout.write(`seed ${seed}: ${lived}${said}\n`);
}

/** Simulates this process's share of the seeds; answers how many broke an invariant. */
async function simulateShare(): Promise<number> {
  const dataDir = mkdtempSync(join(tmpdir(), "hodei-sim-"));
  const server = await startPostgres({ dataDir, durable: false });
  try {
    await migrated(server.url);
    // The second net would catch what the bug does, and hide whether anybody notices.
    const secondNet = bug === null;
    const database = await SimulatedDatabase.open(server.url, { secondNet });
    let broken = 0;
    for (const seed of seeds) {
      const outcome = await simulate(database, seed, bug ?? NO_BUG);
      say(outcome);
      if (outcome.findings.length > 0) broken += 1;
    }
    await database.close();
    return broken;
  } finally {
    await server.stop();
    rmSync(server.dataDir, { recursive: true, force: true });
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function inParallel(): Promise<number> {
  const processes = Math.min(availableParallelism(), seeds.length);
  const children = Array.from({ length: processes }, (_, part) =>
    fork(fileURLToPath(import.meta.url), [
      ...process.argv.slice(2),
      `--share=${part}/${processes}`,
    ]),
  );
  const codes = await Promise.all(children.map((child) => once(child, "exit")));
  return codes.filter(([code]) => code !== 0).length;
}

const isWhole = share === undefined && !isOne;
const broken = isWhole ? await inParallel() : await simulateShare();
if (isWhole)
  process.stdout.write(
    `${seeds.length} lives, ${broken === 0 ? "none" : "some"} broke an invariant\n`,
  );
process.exitCode = broken === 0 ? 0 : 1;
