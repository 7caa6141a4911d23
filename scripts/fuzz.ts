/**
 * `npm run fuzz`: the tests of hostile input with 50 times as many runs as `npm test` has.
 * `HODEI_FUZZ_RUNS` says another factor, `HODEI_FUZZ_SEED` repeats what a failure printed. Arguments go to
 * vitest as they are (`npm run fuzz -- test/unit/hostile`).
 */
import { main } from "./test.ts";

const FILES = ["/hostile", "hostile-", "lying-workers", "slow-peers"];

process.env.HODEI_FUZZ_RUNS ??= "50";
const named = process.argv.slice(2);
await main(named.length > 0 ? named : FILES);
