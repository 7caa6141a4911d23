import { mkdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { JobCommand } from "./job-command.ts";

/** Where and what to execute, ready on disk. */
export interface Workplace {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
}

/**
 * Makes the attempt's directories and writes its script. Throws what the file system says, or an
 * error that names the mistake of the command; either way the attempt ends as a start failure.
 */
export async function prepareWorkplace(
  command: JobCommand,
  scratchDir: string,
): Promise<Workplace> {
  const { program } = command;
  if (program.kind === "none") throw new Error("the command is empty");
  const cwd = resolve(scratchDir, command.workingDir ?? "work");
  await mkdir(scratchDir, { recursive: true, mode: 0o700 });
  await mkdir(cwd, { recursive: true });
  if (program.kind === "argv") return { file: program.file, args: program.args, cwd };
  const script = join(scratchDir, "script");
  await writeFile(script, program.content, { mode: 0o700 });
  return { file: program.interpreter, args: [script], cwd };
}

/** Removes the attempt's scratch directory; a working directory the user named is left alone. */
export async function clearWorkplace(scratchDir: string): Promise<void> {
  await rm(scratchDir, { recursive: true, force: true, maxRetries: 2 });
}
