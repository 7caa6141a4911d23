import * as z from "zod";
import { limits } from "../limits.ts";
import { specBounds } from "./bounds.ts";
import {
  absolutePath,
  argv,
  checked,
  cpu,
  envMap,
  instant,
  labelMap,
  memory,
  nonEmptyText,
  numberBetween,
  seconds,
  wholeNumber,
} from "./field-types.ts";
import { isLabelKey, isLabelValue, LABEL_KEY_RULE, LABEL_VALUE_RULE } from "./kubernetes-label.ts";
import { isRunName, RUN_NAME_RULE } from "./run-name.ts";

const map = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) => (issue.code === "invalid_type" ? "must be a map" : undefined),
  });

const script = map({
  interpreter: nonEmptyText('a program such as "python3" or "/bin/bash"'),
  content: nonEmptyText("the text of the script"),
});

const toleration = map({
  key: checked<string>(
    (value) => value === "" || (typeof value === "string" && isLabelKey(value)),
    LABEL_KEY_RULE,
  ).optional(),
  operator: z.enum(["Exists", "Equal"], { error: 'must be "Exists" or "Equal"' }).optional(),
  value: checked<string>(
    (value) => typeof value === "string" && isLabelValue(value),
    LABEL_VALUE_RULE,
  ).optional(),
  effect: z
    .enum(["", "NoSchedule"], { error: 'must be "NoSchedule" or "" (every effect)' })
    .optional(),
}).superRefine(({ key = "", operator = "Equal", value = "" }, context) => {
  if (key === "" && operator !== "Exists") {
    context.addIssue({
      code: "custom",
      path: ["key"],
      message: 'only "Exists" goes without a key',
    });
  }
  if (operator === "Exists" && value !== "") {
    context.addIssue({ code: "custom", path: ["value"], message: '"Exists" takes no value' });
  }
});

const backoff = map({
  initialSeconds: seconds(0).optional(),
  factor: numberBetween(1, specBounds.backoffFactorMax).optional(),
  maxSeconds: seconds(0).optional(),
  jitter: numberBetween(0, 1).optional(),
}).superRefine(({ initialSeconds, maxSeconds }, context) => {
  if (initialSeconds === undefined || maxSeconds === undefined) return;
  if (maxSeconds < initialSeconds) {
    context.addIssue({
      code: "custom",
      path: ["maxSeconds"],
      message: `must not be less than initialSeconds (${initialSeconds})`,
    });
  }
});

/** Every field a user may write, in Kubernetes' words. One line here = one field of the API. */
export const runInputSchema = map({
  name: checked<string>(
    (value) => typeof value === "string" && isRunName(value),
    RUN_NAME_RULE,
  ).optional(),
  command: argv.optional(),
  shell: nonEmptyText("a line for the shell").optional(),
  script: script.optional(),
  env: envMap.optional(),
  workingDir: absolutePath.nullable().optional(),
  resources: map({ cpu: cpu.optional(), memory: memory.optional() }).optional(),
  labels: labelMap.optional(),
  nodeSelector: labelMap.optional(),
  tolerations: z
    .array(toleration, { error: "must be a list of tolerations" })
    .max(limits.tolerationsMax, `must have at most ${limits.tolerationsMax} items`)
    .optional(),
  priority: wholeNumber(limits.priorityMin, limits.priorityMax).optional(),
  backoffLimit: wholeNumber(0, limits.backoffLimitMax).optional(),
  backoff: backoff.optional(),
  infrastructureLimit: wholeNumber(0, specBounds.infrastructureLimitMax).optional(),
  activeDeadlineSeconds: seconds(1).optional(),
  attemptTimeoutSeconds: seconds(1).nullable().optional(),
  terminationGracePeriodSeconds: wholeNumber(0, limits.terminationGraceSecondsMax).optional(),
  ttlSecondsAfterFinished: seconds(0).nullable().optional(),
  startAfter: instant.nullable().optional(),
  replacement: z
    .enum(["AfterGone", "AfterLost"], { error: 'must be "AfterGone" or "AfterLost"' })
    .optional(),
  dedicatedWorker: z.boolean({ error: "must be true or false" }).optional(),
});

/** What is left of a user's document after every field passed. */
export type ParsedRunInput = z.output<typeof runInputSchema>;
