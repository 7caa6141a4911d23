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
