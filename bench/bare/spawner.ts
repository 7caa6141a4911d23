/** A process that does nothing but start programs, one after the other, as a worker starts its job. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { serve } from "../stand/served.ts";

const methods = {
  /** Answers how many were started and ended within so many milliseconds. */
  run: async (program: string, durationMs: number): Promise<number> => {
    const end = performance.now() + durationMs;
    let done = 0;
    for (; performance.now() < end; done += 1) await runOnce(program);
    return done;
  },
};
export type Spawner = typeof methods;

/** In a group of its own and with pipes, as a job; `close` comes when its output has ended as well. */
async function runOnce(program: string): Promise<void> {
  const child = spawn(program, [], { detached: true, stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.resume();
  child.stderr.resume();
  await once(child, "close");
}

serve(methods);
