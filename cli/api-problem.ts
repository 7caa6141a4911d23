import type { ProblemBody } from "#core/domain/spec/api.ts";
import { CliError } from "./cli-error.ts";

/** The API's own refusal, as its problem document tells it. */
export class ApiProblem extends CliError {
  readonly problem: ProblemBody;

  constructor(problem: ProblemBody) {
    super(problem.detail, { hint: hintOf(problem) });
    this.name = "ApiProblem";
    this.problem = problem;
  }
}

/** Every bad field on a line of its own; else what helps against this code. */
function hintOf({ code, errors, instance }: ProblemBody): string {
  if (errors.length > 0) {
    return errors.map(({ path, message }) => `  ${path || "(document)"}: ${message}`).join("\n");
  }
  switch (code) {
    case "RunNotFound":
      return "`hodei list` shows the runs there are";
    case "TemplateNotFound":
      return "`hodei template list` shows the templates there are";
    case "ScheduleNotFound":
      return "`hodei schedule list` shows the schedules there are";
    case "Conflict":
      return "look at what it is now, then say what to change";
    case "Unplaceable":
      return "ask for less, or let the installation have a larger machine profile";
    case "Unauthenticated":
      return "set HODEI_API_KEY to a key of this install, or go to the directory of its local mode";
    case "Forbidden":
      return "an admin makes a key with a larger scope: `hodei key create`";
    case "KeyNotFound":
      return "`hodei key list` shows the keys there are";
    case "RateLimited":
    case "QueueFull":
    case "StoreUnavailable":
      return "try again in a moment";
    case "IdempotencyConflict":
      return "leave --idempotency-key out, or use a new one for a new request";
    default:
      return `request ${instance}`;
  }
}

/** The problem in an answer that is none of the 2xx, whoever wrote it. */
export function problemOf(status: number, text: string): ApiProblem {
  const document = parse(text);
  if (isProblem(document)) return new ApiProblem(document);
  const said = document?.message ?? document?.Message;
  const detail = `the server answered ${status}${typeof said === "string" ? `: ${said}` : ""}`;
  const type = "about:blank";
  return new ApiProblem({
    type,
    title: detail,
    status,
    detail,
    instance: "",
    code: "Internal",
    errors: [],
  });
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const document: unknown = JSON.parse(text);
    return typeof document === "object" ? (document as Record<string, unknown> | null) : null;
  } catch {
    return null;
  }
}

const isProblem = (document: object | null): document is ProblemBody =>
  document !== null && "code" in document && "detail" in document && "errors" in document;
