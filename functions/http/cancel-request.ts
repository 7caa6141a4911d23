import { DomainError, type FieldProblem } from "#core/domain/errors.ts";

export const REASON_CHARS_MAX = 1024;

/** The optional body of a cancel: `{ "reason": text }`. Throws InvalidRequest. */
export function parseCancelRequest(body: unknown): { reason: string | null } {
  if (body === undefined) return { reason: null };
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw invalid([{ path: "", message: 'must be a map such as {"reason": "…"}' }]);
  }
  const problems = Object.keys(body)
    .filter((key) => key !== "reason")
    .map((key) => ({ path: key.slice(0, 80), message: "unknown field" }));
  const reason = "reason" in body ? body.reason : null;
  if (reason !== null && !isReason(reason)) {
    problems.push({
      path: "reason",
      message: `must be text of at most ${REASON_CHARS_MAX} characters`,
    });
  }
  if (problems.length > 0) throw invalid(problems);
  return { reason: reason as string | null };
}

const isReason = (value: unknown): boolean =>
  typeof value === "string" &&
  value.length <= REASON_CHARS_MAX &&
  value.isWellFormed() &&
  !value.includes("\0");

const invalid = (fields: readonly FieldProblem[]): DomainError =>
  new DomainError("InvalidRequest", "the cancel request has bad fields", { fields });
