import { createDatabase } from "../support/database.ts";
import { SimulatedDatabase } from "./database.ts";
import { NO_BUG, type Plant } from "./planted-bugs.ts";
import { simulate } from "./simulate.ts";

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
