import * as z from "zod/mini";
import { limits } from "../limits.ts";
import { OVERLAP_POLICIES } from "../schedule/schedule.ts";
import { checked, wholeNumber } from "./field-types.ts";
import { RESERVED_SCHEDULE_NAMES } from "./schedule-api.ts";
import { templateName } from "./template-input-schema.ts";

const map = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) => (issue.code === "invalid_type" ? "must be a map" : undefined),
  });

const text = (min: number, max: number) =>
  checked<string>(
    { type: "string", minLength: min, maxLength: max },
    (value) => typeof value === "string" && value.length >= min && value.length <= max,
    `must be text of ${min === 0 ? "at most" : `${min} to`} ${max} characters`,
  );

const settings = {
  description: z.optional(text(0, limits.templateDescriptionCharsMax)),
  timezone: z.optional(text(1, limits.timezoneCharsMax)),
  parameters: z.optional(
    checked<unknown>(
      {
        type: ["object", "null"],
        additionalProperties: { type: ["string", "number", "boolean", "null"] },
      },
      () => true, // read by the template that they are for
      "",
    ),
  ),
  overlap: z.optional(
    z.enum(OVERLAP_POLICIES, { error: `must be one of ${OVERLAP_POLICIES.join(", ")}` }),
  ),
  catchUpSeconds: z.optional(wholeNumber(limits.catchUpSecondsMin, limits.catchUpSecondsMax)),
  maxConsecutiveFailures: z.optional(wholeNumber(0, limits.consecutiveFailuresMax)),
  pauseOnFailure: z.optional(z.boolean({ error: "must be true or false" })),
};
const cron = text(1, limits.cronCharsMax);

/** A new schedule. */
export const scheduleInputSchema = map({
  name: templateName.check(
    z.refine(
      (name) => !RESERVED_SCHEDULE_NAMES.some((reserved) => reserved === name),
      `must not be ${RESERVED_SCHEDULE_NAMES.join(" or ")}: the API has something else there`,
    ),
  ),
  template: text(1, limits.nameCharsMax),
  cron,
  ...settings,
});

/** A change of one: what is left out stays. */
export const scheduleChangeSchema = map({ cron: z.optional(cron), ...settings });
