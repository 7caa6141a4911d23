import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export type Line = Readonly<Record<string, unknown>>;

/** A program's JSON line and how long after its start it came. */
export interface LineAt {
  readonly line: Line;
  /** From before the process was made. */
  readonly afterMs: number;
}

/** Far beyond every start; a program that hangs fails the measurement instead of holding it. */
const GIVE_UP_MS = 30_000;

/**
 * Starts `node …arguments` in a fresh process with this environment and nothing else, and answers
 * its JSON lines up to the first one that `isLast` takes; then kills it. Throws when the process
 * ends before.
 */
export async function linesOfNode(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  isLast: (line: Line) => boolean,
): Promise<LineAt[]> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, {
    env,
    stdio: ["ignore", "pipe", "inherit"],
    timeout: GIVE_UP_MS,
    killSignal: "SIGKILL",
  });
  const exited = once(child, "exit");
  const lines: LineAt[] = [];
  for await (const text of createInterface({ input: child.stdout })) {
    const line = JSON.parse(text) as Line;
    lines.push({ line, afterMs: performance.now() - startedAt });
    if (isLast(line)) break;
  }
  child.kill("SIGKILL");
  await exited;
  const last = lines.at(-1);
  if (!last || !isLast(last.line))
    throw new Error(`${args.join(" ")} ended too early: ${JSON.stringify(last?.line ?? null)}`);
  return lines;
}
