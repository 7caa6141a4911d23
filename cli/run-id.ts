import { isUuid } from "#core/domain/spec/uuid.ts";
import type { ApiClient } from "./api-client.ts";
import { CliError, usageError } from "./cli-error.ts";

const NEWEST = 500;
const SHOWN_MAX = 5;

/** The id that was typed, whole or as its beginning among the newest runs. */
export async function resolveRunId(api: ApiClient, typed: string): Promise<string> {
  const text = typed.toLowerCase();
  if (isUuid(text)) return text;
  if (!/^[0-9a-f-]{8,35}$/.test(text)) {
    throw usageError(
      `"${typed}" is no run id`,
      "give the whole id, or at least its first 8 characters",
    );
  }
  const { runs } = await api.runs({ phases: [], labels: [], limit: NEWEST, cursor: null });
  const [first, ...others] = runs.map(({ id }) => id).filter((id) => id.startsWith(text));
  if (first === undefined) {
    throw new CliError(`none of the newest ${NEWEST} runs begins with ${text}`, {
      hint: "give the whole id; `hodei list` shows it",
    });
  }
  if (others.length === 0) return first;
  const shown = [first, ...others].slice(0, SHOWN_MAX).map((id) => `  ${id}`);
  throw new CliError(`${others.length + 1} runs begin with ${text}`, { hint: shown.join("\n") });
}
