import type { Migration } from "./read-migrations.ts";

/** A row of `hodei.migration`. */
export interface AppliedMigration {
  readonly number: number;
  readonly name: string;
  readonly breaking: boolean;
  readonly sha256: string;
}

/** The database and the files do not belong together; the message says what to do. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}

/**
 * What is left to apply, in order. Throws MigrationError when an applied file was edited, when a
 * newer release made a breaking change, or when a file slipped in below one already applied.
 */
export function pendingMigrations(
  files: readonly Migration[],
  applied: readonly AppliedMigration[],
): Migration[] {
  const done = new Map(applied.map((row) => [row.number, row]));
  for (const file of files) refuseEdited(file, done.get(file.number));
  refuseNewerBreaking(files.length, applied);
  const newest = Math.max(0, ...done.keys());
  const pending = files.filter((file) => !done.has(file.number));
  const late = pending.find((file) => file.number < newest);
  if (late)
    throw new MigrationError(`${late.name} was never applied but ${newest} was: renumber it`);
  return pending;
}

/** Throws when the database needs newer code than this, which knows migrations up to `known`. */
export function refuseNewerBreaking(known: number, applied: readonly AppliedMigration[]): void {
  const beyond = applied.find((row) => row.breaking && row.number > known);
  if (beyond === undefined) return;
  throw new MigrationError(
    `the database holds ${beyond.name}, which this release (up to ${known}) cannot work with: ` +
      "deploy the newer release",
  );
}

function refuseEdited(file: Migration, row: AppliedMigration | undefined): void {
  if (row === undefined || row.sha256 === file.sha256) return;
  throw new MigrationError(
    `${file.name} was edited after it was applied (as ${row.name}): ` +
      "restore the file and put the change into a new migration",
  );
}
