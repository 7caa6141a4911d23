import type { FieldProblem } from "../errors.ts";
import { closestWord } from "./closest-word.ts";
import { formatFieldPath } from "./field-path.ts";

/** What a schema found, as zod says it. */
export interface SchemaIssue {
  readonly code?: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
}

/** The bad fields that one issue names. `known`: fields of the whole document, which one may have meant. */
export function schemaProblems(
  { code, path, message, keys = [] }: SchemaIssue,
  known: readonly string[],
): FieldProblem[] {
  if (code !== "unrecognized_keys") return [{ path: formatFieldPath(path), message }];
  return keys.map((key) => {
    const meant = path.length === 0 ? closestWord(key, known) : null;
    return {
      path: formatFieldPath([...path, key]),
      message: meant === null ? "unknown field" : `unknown field; did you mean ${meant}?`,
    };
  });
}
