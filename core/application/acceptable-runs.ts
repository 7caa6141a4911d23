import { DomainError, type FieldProblem, isDomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import { joinFieldPaths } from "#core/domain/spec/field-path.ts";
import type { NewRun } from "#core/ports/control-store.ts";
import { acceptableRun, type NewRunDeps } from "./new-run.ts";
import type { BulkRequest } from "./operations.ts";

/**
 * Every item of a request as a run to be stored, or nothing: one bad item refuses all. Throws
 * InvalidRequest when there are none or too many; InvalidSpec with the bad fields of all items by
 * their paths (`runs[3].command`; of very many the first `limits.bulkProblemsMax`); when no item has
 * a bad field, SpecTooLarge or Unplaceable, whichever came first.
 */
export function acceptableRuns<Item>(
  deps: NewRunDeps,
  { field, items, read }: BulkRequest<Item>,
): NewRun[] {
  if (items.length < 1 || items.length > limits.bulkRunsMax) throw wrongNumber(field);
  const runs: NewRun[] = [];
  const problems: FieldProblem[] = [];
  const refusals: DomainError[] = [];
  for (const [index, item] of items.entries()) {
    try {
      runs.push(acceptableRun(deps, read(item)));
    } catch (error) {
      if (!isDomainError(error)) throw error;
      refusals.push(error);
      problems.push(...problemsOf(error, `${field}[${index}]`));
      if (problems.length >= limits.bulkProblemsMax) break;
    }
  }
  const [first] = refusals;
  if (first) throw refusal(first, refusals, problems.slice(0, limits.bulkProblemsMax));
  return runs;
}

function wrongNumber(field: string): DomainError {
  const message = `must hold 1 to ${limits.bulkRunsMax} runs`;
  return new DomainError("InvalidRequest", `${field} ${message}`, {
    fields: [{ path: field, message }],
  });
}

/** A refusal that blames no field blames the whole item. */
const problemsOf = ({ fields, message }: DomainError, item: string): FieldProblem[] =>
  fields.length === 0
    ? [{ path: item, message }]
    : fields.map(({ path, message: problem }) => ({
        path: joinFieldPaths(item, path),
        message: problem,
      }));

const OF_WHOLE_ITEMS = ["SpecTooLarge", "Unplaceable"];

function refusal(
  first: DomainError,
  refusals: readonly DomainError[],
  fields: readonly FieldProblem[],
): DomainError {
  const hasBadField = refusals.some(({ code }) => !OF_WHOLE_ITEMS.includes(code));
  const count = refusals.length === 1 ? "a run" : `${refusals.length} runs`;
  return new DomainError(
    hasBadField ? "InvalidSpec" : first.code,
    `${count} cannot be taken, so none was: ${fields[0]?.path} ${fields[0]?.message}`,
    { fields },
  );
}
