import type * as z from "zod/mini";
import { DomainError } from "../errors.ts";
import { limits } from "../limits.ts";
import type { ScheduleDefinition } from "../schedule/schedule.ts";
import { formatFieldPath } from "./field-path.ts";
import { copyPlainData } from "./plain-data.ts";
import { scheduleChangeSchema, scheduleInputSchema } from "./schedule-input-schema.ts";
import { schemaProblems } from "./schema-problems.ts";

/** What a user says of a schedule but for values of parameters, which the template reads. */
export type ScheduleSettings = Omit<ScheduleDefinition, "parameters">;

export interface ParsedSchedule {
  readonly name: string;
  /** Name or id of the template. */
  readonly template: string;
  readonly settings: ScheduleSettings;
  /** Unparsed. */
  readonly parameters: unknown;
}

const DEFAULTS: Omit<ScheduleSettings, "cron"> = {
  ...{ description: "", timezone: "UTC", overlap: "Allow", pauseOnFailure: false },
  ...{ catchUpSeconds: limits.catchUpSecondsDefault, maxConsecutiveFailures: 0 },
};

/** A new schedule as somebody writes it. Throws InvalidSpec with the path of every bad field. */
export function parseSchedule(input: unknown): ParsedSchedule {
  const { name, template, parameters, ...said } = read(scheduleInputSchema, input);
  return {
    name,
    template,
    parameters,
    settings: settingsOf(said, { ...DEFAULTS, cron: said.cron }),
  };
}

/** What a change says; `parameters` undefined = they stay. Throws InvalidSpec with every bad field. */
export function parseScheduleChange(
  input: unknown,
  known: ScheduleSettings,
): { readonly settings: ScheduleSettings; readonly parameters: unknown } {
  const { parameters, ...said } = read(scheduleChangeSchema, input);
  return { parameters, settings: settingsOf(said, known) };
}

/** What is not said is as it is known. */
const settingsOf = (
  said: Omit<z.output<typeof scheduleChangeSchema>, "parameters">,
  known: ScheduleSettings,
): ScheduleSettings => ({
  description: said.description ?? known.description,
  cron: said.cron ?? known.cron,
  timezone: said.timezone ?? known.timezone,
  overlap: said.overlap ?? known.overlap,
  catchUpSeconds: said.catchUpSeconds ?? known.catchUpSeconds,
  maxConsecutiveFailures: said.maxConsecutiveFailures ?? known.maxConsecutiveFailures,
  pauseOnFailure: said.pauseOnFailure ?? known.pauseOnFailure,
});

interface ReadableSchema<T> {
  readonly shape: object;
  safeParse(data: unknown): z.core.util.SafeParseResult<T>;
}

function read<T>(schema: ReadableSchema<T>, input: unknown): T {
  const { data, problems } = copyPlainData(input);
  const parsed = schema.safeParse(data);
  const known = Object.keys(schema.shape);
  const fields = [
    ...problems.map(({ path, message }) => ({ path: formatFieldPath(path), message })),
    ...(parsed.error?.issues ?? []).flatMap((issue) => schemaProblems(issue, known)),
  ].slice(0, limits.bulkProblemsMax);
  if (parsed.success && fields.length === 0) return parsed.data;
  const [first] = fields;
  throw new DomainError(
    "InvalidSpec",
    `the schedule is not valid: ${first?.path || "the document"} ${first?.message}`,
    { fields },
  );
}
