import { defineConfig } from "vitest/config";

const project = (name: string, options: object = {}) => ({
  extends: true as const,
  test: { name, include: [`test/${name}/**/*.test.ts`], ...options },
});

/** One project per kind of test; what is real in each: docs/internals/testing.md. */
export default defineConfig({
  test: {
    pool: "forks",
    maxWorkers: 2,
    projects: [
      // Pure and stateless: one worker runs many files, which saves half of the time.
      project("unit", { isolate: false, testTimeout: 20_000 }),
      project("house", { isolate: false, testTimeout: 20_000 }),
      project("store", { globalSetup: "test/support/postgres-server.ts", testTimeout: 30_000 }),
      project("simulation", {
        globalSetup: "test/support/postgres-server.ts",
        ...{ testTimeout: 120_000, hookTimeout: 60_000 },
      }),
      project("contract", { globalSetup: "test/support/postgres-server.ts", testTimeout: 60_000 }),
      project("grpc", { globalSetup: "test/support/postgres-server.ts", testTimeout: 60_000 }),
      project("localstack", {
        globalSetup: ["test/support/postgres-server.ts", "test/support/aws-doubles.ts"],
        testTimeout: 60_000,
      }),
      project("lambda", { testTimeout: 60_000, hookTimeout: 60_000 }),
      project("infra", {
        globalSetup: "test/infra/install-components.ts",
        ...{ testTimeout: 120_000, hookTimeout: 120_000 },
      }),
      project("e2e", { testTimeout: 180_000, hookTimeout: 120_000 }),
      // What they measure is theirs alone: one file at a time, after all others.
      project("bench", { testTimeout: 180_000, hookTimeout: 120_000, fileParallelism: false }),
      project("faults", { testTimeout: 300_000, hookTimeout: 120_000, fileParallelism: false }),
    ],
  },
});
