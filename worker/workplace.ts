import { mkdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { JobCommand } from "./job-command.ts";

/** Where and what to execute, ready on disk. */
export interface Workplace {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The file with the values of the run's parameters; null = it has none. */
  readonly parametersFile: string | null;
}

/**
 * Makes the attempt's directories and writes its script and parameters. Throws what the file system says, or an
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
  const parametersFile = await writeParameters(command.parametersJson, scratchDir);
  if (program.kind === "argv")
    return { file: program.file, args: program.args, cwd, parametersFile };
  const script = join(scratchDir, "script");
  await writeFile(script, program.content, { mode: 0o700 });
  return { file: program.interpreter, args: [script], cwd, parametersFile };
}

/** They may hold secrets: for the job's own user alone. Gone with the scratch directory. */
async function writeParameters(json: string | null, scratchDir: string): Promise<string | null> {
  if (json === null) return null;
  const file = join(scratchDir, "parameters.json");
  await writeFile(file, json, { mode: 0o600 });
  return resolve(file);
}

/** Removes the attempt's scratch directory; a working directory the user named is left alone. */
export async function clearWorkplace(scratchDir: string): Promise<void> {
  await rm(scratchDir, { recursive: true, force: true, maxRetries: 2 });
}
