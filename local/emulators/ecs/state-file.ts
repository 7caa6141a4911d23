import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { TokenUse } from "./client-tokens.ts";
import { sharedRun } from "./shared-run.ts";
import type { Task } from "./task.ts";

/** What outlives the emulator. */
export interface EcsState {
  readonly version: 1;
  readonly tasks: readonly Task[];
  readonly tokens: readonly TokenUse[];
}

/** An absent file is an empty state. Throws when the file is not one of ours. */
export async function readState(file: string): Promise<EcsState> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (text === null) return { version: 1, tasks: [], tokens: [] };
  const state = parse(text);
  if (state) return state;
  throw new Error(`${file} is damaged or of another version; delete it to start without its tasks`);
}

function parse(text: string): EcsState | null {
  try {
    const state = JSON.parse(text) as EcsState;
    const ours = state.version === 1 && Array.isArray(state.tasks) && Array.isArray(state.tokens);
    return ours ? state : null;
  } catch {
    return null;
  }
}

/**
 * Answers a function that saves what `state` is then, atomically: a reader, and a crash, meets the
 * old file or the new one. Environments stay out: they hold the workers' one-shot secrets.
 */
export function stateWriter(file: string, state: () => EcsState): () => Promise<void> {
  return sharedRun(async () => {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const { tasks, ...rest } = state();
    const text = JSON.stringify({ ...rest, tasks: tasks.map(withoutEnvironment) });
    const fresh = `${file}.new`;
    await writeFile(fresh, text, { mode: 0o600 });
    await rename(fresh, file);
  });
}

function withoutEnvironment(task: Task): Task {
  const containers = task.overrides.containerOverrides ?? [];
  const containerOverrides = containers.map(({ environment: _, ...rest }) => rest);
  return { ...task, overrides: { ...task.overrides, containerOverrides } };
}
