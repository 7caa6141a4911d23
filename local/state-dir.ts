import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The folder of one local install, held by one process at a time. */
export interface StateDir {
  readonly path: string;
  file(...parts: string[]): string;
  /** JSON of HODEI_BOOTSTRAP_KEYS, made once: workers of before a restart stay valid. A secret. */
  readonly bootstrapKeys: string;
  /** Where the CLI finds the address of the API. */
  announce(addresses: Readonly<Record<string, string>>): void;
  release(): void;
}

/** Throws when another local mode, still alive, holds the folder. */
export function openStateDir(path: string): StateDir {
  mkdirSync(join(path, "logs"), { recursive: true, mode: 0o700 });
  // As root the database server runs as another user, who must be able to pass through.
  if (process.getuid?.() === 0) chmodSync(path, 0o711);
  const lock = join(path, "pid");
  const [holder = "0", since = ""] = existsSync(lock) ? readFileSync(lock, "utf8").split("\n") : [];
  if (
    Number(holder) !== process.pid &&
    isAlive(Number(holder)) &&
    since === startOf(Number(holder))
  )
    throw new Error(
      `local mode is already running here (process ${holder}); stop it, or choose another --state-dir`,
    );
  writeFileSync(lock, `${process.pid}\n${startOf(process.pid)}\n`);
  const keys = join(path, "bootstrap-keys.json");
  if (!existsSync(keys)) writeFileSync(keys, newKeys(), { mode: 0o600 });
  const announced = join(path, "local.json");
  return {
    path,
    file: (...parts) => join(path, ...parts),
    bootstrapKeys: readFileSync(keys, "utf8"),
    announce: (addresses) => writeFileSync(announced, `${JSON.stringify(addresses)}\n`),
    release: () => {
      rmSync(announced, { force: true });
      rmSync(lock, { force: true });
    },
  };
}

const newKeys = () =>
  JSON.stringify({
    currentId: "local-1",
    keys: { "local-1": randomBytes(32).toString("base64url") },
  });

/** When a process began, as /proc tells it: a number is used again, a number with its start is not. */
function startOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[19] ?? "";
  } catch {
    return ""; // no /proc here: the number must do
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
