import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { RunAs } from "./run-as.ts";

/** One server's folder. Ours; only `data` and the password belong to the user it runs as. */
export interface ServerHome {
  readonly path: string;
  /** PGDATA. */
  readonly data: string;
  /** Superuser's password, mode 600. */
  readonly passwordFile: string;
  readonly logFile: string;
  /** Number of the process that started the running server. */
  readonly launcherFile: string;
}

/**
 * Makes the folder of a server, or finds it again. When the server runs as another user (we are
 * root) who cannot reach the wanted place, the folder lies at `/var/tmp/hodei-postgres-<random>`
 * instead, and a file `MOVED` in the wanted place says where: the same one as long as it is there.
 */
export function openServerHome(wanted: string, runAs: RunAs): ServerHome {
  const path = resolve(wanted);
  makeOwnDirectory(path, runAs);
  if (runAs.other === null || canReach(path, runAs.other)) return homeAt(path);
  const place = movedPlace(join(path, "MOVED"));
  makeOwnDirectory(place, runAs);
  return homeAt(place);
}

/** Written down once: whoever deletes the wanted folder starts on an empty database again. */
function movedPlace(note: string): string {
  if (!existsSync(note)) {
    const base = existsSync("/var/tmp") ? "/var/tmp" : tmpdir(); // /var/tmp outlives a reboot
    const name = `hodei-postgres-${randomBytes(8).toString("hex")}`;
    writeFileSync(note, `${join(base, name)}\n`);
  }
  return readFileSync(note, "utf8").trim();
}

const homeAt = (path: string): ServerHome => ({
  path,
  data: join(path, "data"),
  passwordFile: join(path, "password"),
  logFile: join(path, "postgres.log"),
  launcherFile: join(path, "launcher.pid"),
});

/** The server's password, made at the first call. */
export function serverPassword(home: ServerHome, runAs: RunAs): string {
  if (!existsSync(home.passwordFile)) {
    const password = randomBytes(24).toString("base64url");
    writeFileSync(home.passwordFile, password, { mode: 0o600, flag: "wx" });
    giveTo(home.passwordFile, runAs);
  }
  return readFileSync(home.passwordFile, "utf8").trim();
}

/** Hands a file or directory of ours to the user the server runs as. */
export function giveTo(path: string, runAs: RunAs): void {
  if (runAs.other !== null) chownSync(path, runAs.other.uid, runAs.other.gid);
}

/** Whether this user may pass through every directory from the root down to `path`. */
export function canReach(path: string, user: { uid: number; gid: number }): boolean {
  for (let place = realpathSync(path); ; place = dirname(place)) {
    const { uid, gid, mode } = statSync(place);
    const pass = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if (!(mode & pass)) return false;
    if (place === dirname(place)) return true;
  }
}

/** Another user's server passes through (711) and reads nothing else; our own needs no door. */
function makeOwnDirectory(path: string, runAs: RunAs): void {
  mkdirSync(path, { recursive: true });
  const found = lstatSync(path);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new Error(`${path} belongs to another user: choose another directory`);
  }
  chmodSync(path, runAs.other === null ? 0o700 : 0o711);
}
