import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type BirpcReturn, createBirpc } from "birpc";

const STOP_GRACE_MS = 10_000;

/** A process of the bench that answers calls over IPC (`served.ts` is its side). */
export interface Child<Functions extends object> {
  readonly pid: number;
  readonly call: BirpcReturn<Functions, object>;
  stop(): Promise<void>;
}

/** Starts a module of `bench/`, given by its path there; resolves when it answers. */
export async function startChild<Functions extends object>(
  module: string,
  args: readonly string[] = [],
): Promise<Child<Functions>> {
  const child = fork(fileURLToPath(new URL(`../${module}`, import.meta.url)), args, {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    serialization: "advanced",
    execArgv: [],
  });
  await Promise.race([once(child, "message"), failed(child, module)]);
  const call = createBirpc<Functions, object>(
    {},
    {
      post: (data) => void child.send(data),
      on: (receive) => child.on("message", receive),
      timeout: -1,
    },
  );
  return { pid: child.pid as number, call, stop: () => stopChild(child) };
}

async function failed(child: ChildProcess, module: string): Promise<never> {
  const [code] = await once(child, "exit");
  throw new Error(`${module} did not start: exit code ${code}`);
}

/** SIGTERM, and SIGKILL when it does not go; resolves when it is gone. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const harder = setTimeout(() => child.kill("SIGKILL"), STOP_GRACE_MS);
  await gone;
  clearTimeout(harder);
}
