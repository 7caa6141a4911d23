import { isUuid } from "#core/domain/spec/uuid.ts";
import type { ApiClient } from "./api-client.ts";
import { CliError, usageError } from "./cli-error.ts";

const NEWEST = 500;
const SHOWN_MAX = 5;

/**
 * The id that was typed, whole, or as its beginning or its end among the newest runs. Ids are in order
 * of time: runs of one minute begin alike, and differ at the end.
 */
export async function resolveRunId(api: ApiClient, typed: string): Promise<string> {
  const text = typed.toLowerCase();
  if (isUuid(text)) return text;
  if (!/^[0-9a-f-]{8,35}$/.test(text)) {
    throw usageError(
      `"${typed}" is no run id`,
      "give the whole id, or at least its first or last 8 characters",
    );
  }
  const { runs } = await api.runs({ phases: [], labels: [], limit: NEWEST, cursor: null });
  const isMeant = (id: string) => id.startsWith(text) || id.endsWith(text);
  const [first, ...others] = runs.map(({ id }) => id).filter(isMeant);
  if (first === undefined) {
    throw new CliError(`none of the newest ${NEWEST} runs begins or ends with ${text}`, {
      hint: "give the whole id; `hodei list` shows it",
    });
  }
  if (others.length === 0) return first;
  const shown = [first, ...others].slice(0, SHOWN_MAX).map((id) => `  ${id}`);
  throw new CliError(`${others.length + 1} runs begin or end with ${text}`, {
    hint: shown.join("\n"),
  });
}
