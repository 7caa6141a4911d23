import { en } from "zod/locales";
import * as z from "zod/mini";
import { isLabelKey, isLabelValue } from "#core/domain/spec/kubernetes-label.ts";
import { checkTimings, DEFAULT_TIMINGS, type Timings } from "#core/domain/timings.ts";
import type { MachineProfile } from "#core/domain/worker/profile.ts";
import { Environment } from "./environment.ts";

z.config(en()); // the small build of the library has no words of its own

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/** `HODEI_LOG_LEVEL`: from which level on a process writes its log. */
export const readLogLevel = (environment: Environment): string =>
  environment.word("HODEI_LOG_LEVEL", LOG_LEVELS, "info");

/** `HODEI_WAKE_QUEUE_URL`: the SQS queue of the wakes. */
export const readWakeQueue = (environment: Environment): string =>
  environment.address("HODEI_WAKE_QUEUE_URL", ["https", "http"]);

const atLeast = (min: number) => z.int().check(z.minimum(min));

const profile = z.strictObject({
  name: z.string().check(z.regex(/^[a-z][a-z0-9-]{0,30}$/)),
  cpuMillis: atLeast(1),
  memoryMib: atLeast(1),
  labels: z._default(
    z.record(z.string().check(z.refine(isLabelKey)), z.string().check(z.refine(isLabelValue))),
    {},
  ),
  taints: z._default(
    z.array(
      z.strictObject({
        key: z.string().check(z.minLength(1)),
        value: z._default(z.string(), ""),
        effect: z.literal("NoSchedule"),
      }),
    ),
    [],
  ),
  minWorkers: z._default(atLeast(0), 0),
  maxWorkers: atLeast(1),
  idleTtlSeconds: z._default(z.number().check(z.minimum(0)), 120),
  maxRunsPerWorker: z._default(z.nullable(atLeast(1)), null),
  maxAgeSeconds: z._default(z.nullable(z.number().check(z.minimum(1))), null),
  spot: z._default(z.boolean(), false),
});

const profiles = z.array(profile).check(
  z.minLength(1),
  z.refine((all) => new Set(all.map(({ name }) => name)).size === all.length, "names repeat"),
  z.refine(
    (all) => all.every(({ minWorkers, maxWorkers }) => minWorkers <= maxWorkers),
    "minWorkers above maxWorkers",
  ),
);

/** `HODEI_PROFILES`: the machine profiles of this install, a JSON list. */
export const readProfiles = (environment: Environment): readonly MachineProfile[] =>
  environment.json("HODEI_PROFILES", profiles) ?? [];

const timings = z.partialRecord(
  z.enum(Object.keys(DEFAULT_TIMINGS) as [keyof Timings]),
  z.int().check(z.minimum(1), z.maximum(3_600_000)),
);

/** `HODEI_TIMINGS`: shortened periods for tests and drills, a JSON object; checked as a whole. */
export function readTimings(environment: Environment): Timings {
  const chosen = { ...DEFAULT_TIMINGS, ...environment.json("HODEI_TIMINGS", timings, {}) };
  for (const rule of checkTimings(chosen)) environment.problem(`HODEI_TIMINGS breaks ${rule}`);
  return chosen;
}

const bootstrapKeys = z
  .strictObject({
    currentId: z.string().check(z.minLength(1)),
    keys: z.record(z.string(), z.string().check(z.minLength(32))),
  })
  .check(
    z.refine(({ currentId, keys }) => Object.hasOwn(keys, currentId), "currentId names no key"),
  );

type BootstrapKeys = z.output<typeof bootstrapKeys>;

/** The keys themselves, or the ARN of the secret that holds them. */
export type BootstrapKeysSource = { readonly keys: BootstrapKeys } | { readonly secretArn: string };

/**
 * Keys that bootstrap tokens are derived from; a secret. Either `HODEI_BOOTSTRAP_KEYS` holds them, or
 * `HODEI_BOOTSTRAP_KEYS_SECRET_ARN` says where they are.
 */
export function readBootstrapKeys(environment: Environment): BootstrapKeysSource {
  const secretArn = environment.text("HODEI_BOOTSTRAP_KEYS_SECRET_ARN", "");
  const isGiven = environment.text("HODEI_BOOTSTRAP_KEYS", "") !== "";
  if (secretArn !== "" && isGiven)
    environment.problem(
      "HODEI_BOOTSTRAP_KEYS and HODEI_BOOTSTRAP_KEYS_SECRET_ARN exclude each other",
    );
  if (secretArn !== "") return { secretArn };
  const keys = environment.json("HODEI_BOOTSTRAP_KEYS", bootstrapKeys);
  return { keys: keys ?? { currentId: "", keys: {} } };
}

/** The same keys, as the text of a secret. Throws ConfigError, which names the fields and no value. */
export function parseBootstrapKeys(text: string): BootstrapKeys {
  const environment = new Environment({ "the secret of the bootstrap keys": text });
  const keys = environment.json("the secret of the bootstrap keys", bootstrapKeys);
  return environment.done(() => keys as BootstrapKeys);
}
