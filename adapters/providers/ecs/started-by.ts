import { ProviderError } from "#core/ports/provider.ts";

/**
 * Who asked for a task, written into `startedBy`. Identity lives there and not in tags, because
 * StopTask deletes a task's tags.
 */
export interface MachineOwner {
  readonly installId: string;
  readonly workerId: string;
}

const CHARS_MAX = 128; // the limit of RunTask for startedBy
const OURS = /^hodei\/([A-Za-z0-9_-]+)\/([A-Za-z0-9_-]+)$/;

/** `hodei/<installId>/<workerId>`. Throws ProviderError `bad-request` when ECS would refuse it. */
export function formatStartedBy({ installId, workerId }: MachineOwner): string {
  const text = `hodei/${installId}/${workerId}`;
  if (text.length > CHARS_MAX || !OURS.test(text)) {
    throw new ProviderError(
      "bad-request",
      `startedBy takes ${CHARS_MAX} letters, digits, - and _: ${text.slice(0, 2 * CHARS_MAX)}`,
    );
  }
  return text;
}

/** null when the task is not one of ours (a service, a person, another product). */
export function parseStartedBy(text: string | undefined): MachineOwner | null {
  const match = OURS.exec(text ?? "");
  if (!match) return null;
  return { installId: match[1]!, workerId: match[2]! };
}
