import * as z from "zod/mini";
import { limits } from "../limits.ts";
import {
  PROVIDER_KINDS,
  PROVIDER_STATUSES,
  type ProviderKind,
} from "../provider/provider-record.ts";
import { checked, numberBetween, wholeNumber } from "./field-types.ts";

const map = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) => (issue.code === "invalid_type" ? "must be a map" : undefined),
  });

const text = z.string({ error: "must be text" });
const texts = z.array(text, { error: "must be a list of text" });
const textMap = z.record(z.string(), text, { error: "must be a map of text to text" });
const bool = z.boolean({ error: "must be true or false" });
const uint32 = wholeNumber(0, 2 ** 32 - 1);
const count = wholeNumber(0, Number.MAX_SAFE_INTEGER);
const name = checked<string>(
  { type: "string", minLength: 1, maxLength: limits.nameCharsMax },
  (value) => typeof value === "string" && value !== "" && value.length <= limits.nameCharsMax,
  `must be text of 1 to ${limits.nameCharsMax} characters`,
);
const orNull = <Schema extends z.core.$ZodType>(schema: Schema) => z.optional(z.nullable(schema));

const capabilities = map({
  maxResources: orNull(
    map({
      maxCpuCores: z.optional(numberBetween(0, Number.MAX_SAFE_INTEGER)),
      maxMemoryBytes: z.optional(count),
      maxDiskBytes: z.optional(count),
      maxGpuCount: z.optional(uint32),
    }),
  ),
  gpuSupport: z.optional(bool),
  gpuTypes: z.optional(texts),
  architectures: z.optional(texts),
  runtimes: z.optional(texts),
  regions: z.optional(texts),
  maxExecutionTimeSeconds: orNull(count),
  persistentStorage: z.optional(bool),
  customNetworking: z.optional(bool),
});

/** What an owner may say of a provider, new or not; `config` is read by its kind. */
const settings = {
  priority: z.optional(wholeNumber(-(2 ** 31), 2 ** 31 - 1)),
  maxWorkers: z.optional(uint32),
  capabilities: orNull(capabilities),
  config: z.optional(z.unknown()),
  tags: z.optional(texts),
  metadata: z.optional(textMap),
  preferredRegion: orNull(text),
  allowedRegions: z.optional(texts),
  requiredLabels: z.optional(textMap),
  annotations: z.optional(textMap),
};

const oneOf = <const Words extends readonly string[]>(words: Words) =>
  z.enum(words, { error: `must be one of ${words.join(", ")}` });

/** A new provider. */
export const providerInputSchema = map({ name, kind: oneOf(PROVIDER_KINDS), ...settings });

/** A change: what is left out stays as it is. */
export const providerChangeSchema = map({
  name: z.optional(name),
  status: z.optional(oneOf(PROVIDER_STATUSES)),
  ...settings,
});

/** `config`, of the kinds that have one. */
export const providerConfigSchemas = {
  docker: map({
    socketPath: z.optional(text),
    defaultImage: z.optional(text),
    networkMode: z.optional(text),
    dnsServers: z.optional(texts),
    labels: z.optional(textMap),
  }),
  kubernetes: map({
    kubeconfigPath: z.optional(text),
    namespace: z.optional(text),
    serviceAccount: z.optional(text),
    imagePullSecret: z.optional(text),
    nodeSelector: z.optional(textMap),
  }),
  lambda: map({
    region: z.optional(text),
    functionName: z.optional(text),
    runtime: z.optional(text),
    handler: z.optional(text),
    timeoutSeconds: z.optional(uint32),
    memoryMb: z.optional(uint32),
  }),
  ec2: map({
    region: z.optional(text),
    instanceType: z.optional(text),
    amiId: z.optional(text),
    keyName: z.optional(text),
    securityGroupIds: z.optional(texts),
    subnetId: z.optional(text),
  }),
} satisfies Partial<Record<ProviderKind, z.core.$ZodType>>;
