import { isDomainError } from "#core/domain/errors.ts";

/** What callers hear of a use case that must refuse. Throws when it did not. */
export async function refusal(work: Promise<unknown>) {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!isDomainError(error)) throw new Error("was not refused", { cause: error });
  return { code: error.code, message: error.message, fields: error.fields };
}

/** The same of a function. */
export function refusalOf(work: () => unknown) {
  try {
    work();
  } catch (error) {
    if (!isDomainError(error)) throw error;
    return { code: error.code, message: error.message, fields: error.fields };
  }
  throw new Error("was not refused");
}
