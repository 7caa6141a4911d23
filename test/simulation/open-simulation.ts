import { createDatabase } from "../support/database.ts";
import { SimulatedDatabase } from "./database.ts";
import { NO_BUG, type Plant } from "./planted-bugs.ts";
import { type Outcome, simulate } from "./simulate.ts";

/** A database of its own for the simulations of a test file. */
export async function openSimulation(options = { secondNet: true }) {
  const own = await createDatabase();
  const database = await SimulatedDatabase.open(own.url, options);
  return {
    simulate: (seed: number, plant: Plant = NO_BUG) => simulate(database, seed, plant),
    close: async () => {
      await database.close();
      await own.drop();
    },
  };
}

const LINES_SHOWN = 25;

/** Throws what was broken, with the end of the journal. */
export function mustBeSound({ seed, findings, journal }: Outcome): void {
  if (findings.length === 0) return;
  const broken = findings.map(({ invariant, detail }) => `${invariant}: ${detail}`).join("\n");
  const end = journal.trimEnd().split("\n").slice(-LINES_SHOWN).join("\n");
  throw new Error(`${broken}\n\n${end}\n\nAgain: npm run sim -- --seed ${seed}`);
}
