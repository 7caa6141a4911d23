/**
 * `npm run fuzz`: the tests of hostile input with 50 times as many runs as `npm test` has.
 * `HODEI_FUZZ_RUNS` says another factor, `HODEI_FUZZ_SEED` repeats what a failure printed. Arguments go to
 * vitest as they are (`npm run fuzz -- test/unit/hostile`).
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const TIMES = "50";
const FILES = ["/hostile", "hostile-", "lying-workers", "slow-peers"];

const [program, ...named] = [
  fileURLToPath(new URL("test.ts", import.meta.url)),
  ...process.argv.slice(2),
];
const { status } = spawnSync(process.execPath, [program, ...(named.length > 0 ? named : FILES)], {
  stdio: "inherit",
  env: { ...process.env, HODEI_FUZZ_RUNS: process.env.HODEI_FUZZ_RUNS ?? TIMES },
});
process.exitCode = status ?? 1;
