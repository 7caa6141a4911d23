/**
 * `npm run test:faults`: the whole fault matrix with default settings, which writes
 * docs/reference/guarantees.md. Arguments go to vitest (`-- -t "gateway killed"`).
 */
import { main } from "./test.ts";

process.env.HODEI_FAULTS = "all";
await main(["--project", "faults", ...process.argv.slice(2)]);
