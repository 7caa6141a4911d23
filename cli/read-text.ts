import { readFileSync } from "node:fs";
import { CliError } from "./cli-error.ts";

/** How a message names a file that was given as an option. */
export const sourceOf = (file: string): string => (file === "-" ? "stdin" : file);

/** The text of a file, or of stdin for `-`. Throws CliError. */
export function readText(file: string): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (cause) {
    throw new CliError(`cannot read ${sourceOf(file)}: ${(cause as Error).message}`, { cause });
  }
}
