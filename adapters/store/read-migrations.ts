import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One file of `migrations/`. */
export interface Migration {
  readonly number: number;
  /** File name without `.sql`. */
  readonly name: string;
  /** Code from before it must not run any more: first line `--! breaking`. */
  readonly breaking: boolean;
  /** Of the text with unix line ends, in hex. */
  readonly sha256: string;
  readonly text: string;
}

const FILE = /^(\d{6})_[a-z0-9_]+\.sql$/;
const BREAKING = /^--! breaking\s*$/m;

/**
 * Reads `NNNNNN_name.sql` in order; other files (the schema dump) are left alone. Throws when the
 * numbers do not run 1, 2, 3, …: two branches that took the same number must meet here, not in a
 * database.
 */
export function readMigrations(directory: string): Migration[] {
  const names = readdirSync(directory).filter((name) => FILE.test(name));
  return names.sort().map((name, index) => {
    const migration = readOne(directory, name);
    if (migration.number !== index + 1) {
      throw new Error(`${name}: expected number ${index + 1}: numbers rise by one, none twice`);
    }
    return migration;
  });
}

function readOne(directory: string, file: string): Migration {
  const text = readFileSync(join(directory, file), "utf8").replaceAll("\r\n", "\n");
  const [firstLine = ""] = text.split("\n", 1);
  return {
    number: Number(file.slice(0, 6)),
    name: file.slice(0, -".sql".length),
    breaking: BREAKING.test(firstLine),
    sha256: createHash("sha256").update(text).digest("hex"),
    text,
  };
}
