/**
 * `npm run soak`: load with random faults, for ten minutes (`-- --minutes N --seed N`), and the sizes that a
 * gateway and a tick must bear. The faults are of the seed; when they strike is of the machine.
 */
import { parseArgs } from "node:util";
import { main } from "./test.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: String(Date.now() % 100_000) },
  },
});
for (const [name, text] of Object.entries(values))
  if (!/^\d{1,6}$/.test(text)) throw new Error(`--${name} must be a whole number`);
process.env.HODEI_SOAK_MINUTES = values.minutes;
process.env.HODEI_SOAK_SEED = values.seed;
await main(["--project", "faults", "test/faults/soak.test.ts"]);
