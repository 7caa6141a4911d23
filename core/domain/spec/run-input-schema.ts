import * as z from "zod/mini";
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
import { withForm } from "./json-form.ts";
import {
  isLabelKey,
  isLabelValue,
  LABEL_KEY_FORM,
  LABEL_KEY_RULE,
  LABEL_NAME_FORM,
  LABEL_VALUE_FORM,
  LABEL_VALUE_RULE,
} from "./kubernetes-label.ts";
import { isRunName, RUN_NAME_FORM, RUN_NAME_RULE } from "./run-name.ts";
import { STRATEGIES } from "./run-spec.ts";
import { isUuid, UUID_FORM } from "./uuid.ts";

const map = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) => (issue.code === "invalid_type" ? "must be a map" : undefined),
  });

const script = map({
  interpreter: nonEmptyText('a program such as "python3" or "/bin/bash"'),
  content: nonEmptyText("the text of the script"),
});

const toleration = map({
  key: z.optional(
    checked<string>(
      { anyOf: [{ const: "" }, LABEL_KEY_FORM] },
      (value) => value === "" || (typeof value === "string" && isLabelKey(value)),
      LABEL_KEY_RULE,
    ),
  ),
  operator: z.optional(z.enum(["Exists", "Equal"], { error: 'must be "Exists" or "Equal"' })),
  value: z.optional(
    checked<string>(
      LABEL_VALUE_FORM,
      (value) => typeof value === "string" && isLabelValue(value),
      LABEL_VALUE_RULE,
    ),
  ),
  effect: z.optional(
    z.enum(["", "NoSchedule"], { error: 'must be "NoSchedule" or "" (every effect)' }),
  ),
}).check(
  z.superRefine(({ key = "", operator = "Equal", value = "" }, context) => {
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
  }),
);

const labelKey = checked<string>(
  LABEL_KEY_FORM,
  (value) => typeof value === "string" && isLabelKey(value),
  LABEL_KEY_RULE,
);
const labelValue = checked<string>(
  LABEL_VALUE_FORM,
  (value) => typeof value === "string" && isLabelValue(value),
  LABEL_VALUE_RULE,
);
const atMost = <T extends z.core.SomeType>(item: T, max: number, what: string) =>
  z
    .array(item, { error: `must be a list of ${what}` })
    .check(z.maxLength(max, `must have at most ${max} items`));
const workerIds = (max: number) =>
  atMost(
    checked<string>(
      UUID_FORM,
      (value) => typeof value === "string" && isUuid(value),
      "must be the id of a worker",
    ),
    max,
    "ids of workers",
  );

const scheduling = map({
  strategy: z.optional(
    z.nullable(z.enum(STRATEGIES, { error: `must be among ${STRATEGIES.join(", ")}` })),
  ),
  preferredWorkers: z.optional(workerIds(limits.preferredWorkersMax)),
  excludedWorkers: z.optional(workerIds(limits.excludedWorkersMax)),
  preferredLabels: z.optional(
    atMost(
      map({
        key: labelKey,
        value: labelValue,
        weight: z.optional(wholeNumber(1, limits.labelWeightMax)),
      }),
      limits.preferredLabelsMax,
      "labels",
    ),
  ),
  affinityKey: z.optional(
    z.nullable(
      checked<string>(
        LABEL_NAME_FORM,
        (value) => typeof value === "string" && value !== "" && isLabelValue(value),
        LABEL_VALUE_RULE.replace("empty or ", ""),
      ),
    ),
  ),
}).check(
  z.superRefine(({ strategy, affinityKey = null }, context) => {
    if (strategy === "affinity" && affinityKey === null)
      context.addIssue({
        code: "custom",
        path: ["affinityKey"],
        message: 'is needed for the strategy "affinity"',
      });
  }),
);

const backoff = map({
  initialSeconds: z.optional(seconds(0)),
  factor: z.optional(numberBetween(1, specBounds.backoffFactorMax)),
  maxSeconds: z.optional(seconds(0)),
  jitter: z.optional(numberBetween(0, 1)),
}).check(
  z.superRefine(({ initialSeconds, maxSeconds }, context) => {
    if (initialSeconds === undefined || maxSeconds === undefined) return;
    if (maxSeconds < initialSeconds) {
      context.addIssue({
        code: "custom",
        path: ["maxSeconds"],
        message: `must not be less than initialSeconds (${initialSeconds})`,
      });
    }
  }),
);

/** Every field a user may write, in Kubernetes' words. One line here = one field of the API. */
const runInput = map({
  name: z.optional(
    checked<string>(
      RUN_NAME_FORM,
      (value) => typeof value === "string" && isRunName(value),
      RUN_NAME_RULE,
    ),
  ),
  command: z.optional(argv),
  shell: z.optional(nonEmptyText("a line for the shell")),
  script: z.optional(script),
  env: z.optional(envMap),
  workingDir: z.optional(z.nullable(absolutePath)),
  resources: z.optional(map({ cpu: z.optional(cpu), memory: z.optional(memory) })),
  labels: z.optional(labelMap),
  nodeSelector: z.optional(labelMap),
  tolerations: z.optional(
    z
      .array(toleration, { error: "must be a list of tolerations" })
      .check(
        z.maxLength(limits.tolerationsMax, `must have at most ${limits.tolerationsMax} items`),
      ),
  ),
  scheduling: z.optional(scheduling),
  priority: z.optional(wholeNumber(limits.priorityMin, limits.priorityMax)),
  backoffLimit: z.optional(wholeNumber(0, limits.backoffLimitMax)),
  backoff: z.optional(backoff),
  infrastructureLimit: z.optional(wholeNumber(0, specBounds.infrastructureLimitMax)),
  activeDeadlineSeconds: z.optional(seconds(1)),
  attemptTimeoutSeconds: z.optional(z.nullable(seconds(1))),
  terminationGracePeriodSeconds: z.optional(wholeNumber(0, limits.terminationGraceSecondsMax)),
  ttlSecondsAfterFinished: z.optional(z.nullable(seconds(0))),
  startAfter: z.optional(z.nullable(instant)),
  suspend: z.optional(z.boolean({ error: "must be true or false" })),
  replacement: z.optional(
    z.enum(["AfterGone", "AfterLost"], { error: 'must be "AfterGone" or "AfterLost"' }),
  ),
  dedicatedWorker: z.optional(z.boolean({ error: "must be true or false" })),
});

export const COMMAND_FORMS = ["command", "shell", "script"] as const;

/** `parse-run-spec.ts` sees to it that exactly one form of the command is there. */
export const runInputSchema = withForm(runInput, {
  oneOf: COMMAND_FORMS.map((form) => ({ required: [form] })),
});

/** What is left of a user's document after every field passed. */
export type ParsedRunInput = z.output<typeof runInputSchema>;
