import { DomainError } from "#core/domain/errors.ts";
import type { NewRun, RunHolder } from "#core/ports/control-store.ts";

/**
 * The id of the run that a submit which stored nothing asks for: whoever holds its key, or its id,
 * and was asked for the same. Throws IdempotencyConflict when it was asked for something else,
 * QueueFull when nobody holds it and the queue is full, StoreUnavailable when the holder was deleted
 * between the two looks.
 */
export function repeatedRun(
  run: Pick<NewRun, "digest">,
  holder: RunHolder | undefined,
  full: boolean,
): string {
  if (!holder && full)
    throw new DomainError("QueueFull", "too many runs are waiting; try again later");
  if (!holder) throw new DomainError("StoreUnavailable", "the run was not stored; try again");
  if (holder.digest === run.digest) return holder.id;
  throw new DomainError("IdempotencyConflict", "another run was submitted under this key", {
    fields: [{ path: "Idempotency-Key", message: `holds run ${holder.id} with another body` }],
  });
}
