import { testSeeds } from "./test-seeds.ts";

testSeeds(Array.from({ length: 100 }, (_, n) => 1 + 2 * n));
