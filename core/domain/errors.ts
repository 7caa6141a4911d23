/**
 * The closed catalogue of errors a caller of this platform can meet. Entry points map every code
 * totally (`functions/http/problem.ts`, `gateway/status.ts`): a new code does not compile until
 * both maps know it. `docs/reference/errors.md` lists the same codes; a house test compares.
 */
export const ERROR_CODES = [
  "InvalidSpec",
  "SpecTooLarge",
  "Unplaceable",
  "InvalidRequest",
  "Unauthenticated",
  "Forbidden",
  "RateLimited",
  "RouteNotFound",
  "RunNotFound",
  "WorkerNotFound",
  "KeyNotFound",
  "TemplateNotFound",
  "TemplateExists",
  "TemplateNotActive",
  "ScheduleNotFound",
  "ScheduleExists",
  "Conflict",
  "AlreadyFinished",
  "IdempotencyConflict",
  "ProviderNotFound",
  "ProviderNameTaken",
  "ProviderInUse",
  "TokenRefused",
  "SessionRefused",
  "MessageRefused",
  "QueueFull",
  "StoreUnavailable",
  "Internal",
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** One bad place in what the caller sent: `path` as in `resources.cpu` or `command[2]`. */
export interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

/** The only error whose text a caller may see. Everything else is shown as `Internal`. */
export class DomainError extends Error {
  readonly code: ErrorCode;
  /** Every bad field, in the order of the document; empty when no field is to blame. */
  readonly fields: readonly FieldProblem[];
  /** After so long a repeat has a chance; null = nothing is known of that. */
  readonly retryAfterMs: number | null;

  constructor(
    code: ErrorCode,
    message: string,
    options: { fields?: readonly FieldProblem[]; cause?: unknown; retryAfterMs?: number } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "DomainError";
    this.code = code;
    this.fields = options.fields ?? [];
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

export const isDomainError = (error: unknown): error is DomainError => error instanceof DomainError;
