import { z } from "zod";
import { checkTimings, DEFAULT_TIMINGS, type Timings } from "#core/domain/timings.ts";
import type { MachineProfile } from "#core/domain/worker/profile.ts";
import type { Environment } from "./environment.ts";

const profile = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/),
  cpuMillis: z.int().min(1),
  memoryMib: z.int().min(1),
  labels: z.record(z.string(), z.string()).default({}),
  taints: z
    .array(
      z.strictObject({
        key: z.string().min(1),
        value: z.string().default(""),
        effect: z.literal("NoSchedule"),
      }),
    )
    .default([]),
  minWorkers: z.int().min(0).default(0),
  maxWorkers: z.int().min(1),
  idleTtlSeconds: z.number().min(0).default(120),
  maxRunsPerWorker: z.int().min(1).nullable().default(null),
  maxAgeSeconds: z.number().min(1).nullable().default(null),
  spot: z.boolean().default(false),
});

const profiles = z
  .array(profile)
  .min(1)
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, "names repeat")
  .refine(
    (all) => all.every(({ minWorkers, maxWorkers }) => minWorkers <= maxWorkers),
    "minWorkers above maxWorkers",
  );

/** `HODEI_PROFILES`: the machine profiles of this install, a JSON list. */
export const readProfiles = (environment: Environment): readonly MachineProfile[] =>
  environment.json("HODEI_PROFILES", profiles) ?? [];

const timings = z.partialRecord(
  z.enum(Object.keys(DEFAULT_TIMINGS) as [keyof Timings]),
  z.int().min(1).max(3_600_000),
);

/** `HODEI_TIMINGS`: shortened periods for tests and drills, a JSON object; checked as a whole. */
export function readTimings(environment: Environment): Timings {
  const chosen = { ...DEFAULT_TIMINGS, ...environment.json("HODEI_TIMINGS", timings, {}) };
  for (const rule of checkTimings(chosen)) environment.problem(`HODEI_TIMINGS breaks ${rule}`);
  return chosen;
}

const bootstrapKeys = z
  .strictObject({ currentId: z.string().min(1), keys: z.record(z.string(), z.string().min(32)) })
  .refine(({ currentId, keys }) => currentId in keys, "currentId names no key");

/** `HODEI_BOOTSTRAP_KEYS`: keys that bootstrap tokens are derived from; a secret. */
export const readBootstrapKeys = (environment: Environment) =>
  environment.json("HODEI_BOOTSTRAP_KEYS", bootstrapKeys) ?? { currentId: "", keys: {} };
