import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { findNativePackage } from "#local/postgres/native-package.ts";
import { runAs } from "#local/postgres/run-as.ts";
import { canReach } from "#local/postgres/server-home.ts";
import { type PostgresServer, startPostgres } from "#local/postgres/start-postgres.ts";

const asRoot = process.getuid?.() === 0;
const launcher = fileURLToPath(new URL("../../local/postgres/start-postgres.ts", import.meta.url));

let place: string;
const running = new Set<PostgresServer>();

beforeEach(() => {
  place = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "hodei-launcher-"));
  chmodSync(place, 0o755);
});
afterEach(async () => {
  for (const server of running) await server.stop();
  running.clear();
  rmSync(place, { recursive: true });
});

async function start(durable = false, dataDir = join(place, "server")): Promise<PostgresServer> {
  const server = await startPostgres({ dataDir, durable });
  running.add(server);
  return server;
}

async function ask<T>(url: string, text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return (await client.query(text).finally(() => client.end())).rows as T[];
}

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    // A dead process that nobody has collected yet still has a number, but no command.
    return !existsSync("/proc/self") || readFileSync(`/proc/${pid}/cmdline`, "utf8") !== "";
  } catch {
    return false;
  }
};

describe("a server", () => {
  test("is UTF8, UTC, orders by byte, and asks for its password", async () => {
    const { url } = await start();
    const [row] = await ask(
      url,
      `select current_setting('server_encoding') as encoding,
      current_setting('TimeZone') as zone, current_setting('listen_addresses') as listens,
      (select string_agg(x, '' order by x) from unnest(array['b','A','a','B']) x) as sorted`,
    );
    expect(row).toEqual({ encoding: "UTF8", zone: "UTC", listens: "127.0.0.1", sorted: "ABab" });
    const wrong = new URL(url);
    wrong.password = "guess";
    await expect(ask(wrong.href, "select 1")).rejects.toThrow(/password authentication failed/);
  });

  test("keeps what it promises about durability", async () => {
    const settings = `select name, setting from pg_settings
      where name in ('fsync', 'full_page_writes', 'synchronous_commit') order by name`;
    const fast = await start();
    expect((await ask<{ setting: string }>(fast.url, settings)).map((row) => row.setting)).toEqual([
      "off",
      "off",
      "off",
    ]);
    await fast.stop();
    const durable = await start(true);
    expect(
      (await ask<{ setting: string }>(durable.url, settings)).map((row) => row.setting),
    ).toEqual(["on", "on", "on"]);
  });

  test("stops in order, ends its watchdog, and finds its data and password again", async () => {
    const first = await start();
    await ask(first.url, "create table kept as select 7 as n");
    await first.stop();
    await first.stop();
    await first.exited;
    expect(isAlive(first.pid)).toBe(false);
    expect(existsSync(join(first.dataDir, "launcher.pid"))).toBe(false);
    const second = await start();
    expect(new URL(second.url).password).toBe(new URL(first.url).password);
    expect(await ask(second.url, "select n from kept")).toEqual([{ n: 7 }]);
  });

  test("recovers committed rows after a crash", async () => {
    const first = await start(true);
    await ask(first.url, "create table kept as select 7 as n");
    await first.kill();
    const second = await start(true);
    expect(await ask(second.url, "select n from kept")).toEqual([{ n: 7 }]);
  });

  test("its secrets and data are for their owner only", async () => {
    const { dataDir } = await start();
    expect(statSync(join(dataDir, "password")).mode & 0o777).toBe(0o600);
    expect(statSync(join(dataDir, "data")).mode & 0o077).toBe(0);
    expect(statSync(join(dataDir, "postgres.log")).mode & 0o077).toBe(0);
  });

  test("an asked-for port that is taken is an error, in the server's words", async () => {
    const { port } = await start();
    const second = startPostgres({ dataDir: join(place, "other"), port, durable: false });
    await expect(second).rejects.toThrow(/could not bind|Address already in use/);
  });

  test("a folder in use is refused; the server in it goes on", async () => {
    const { url } = await start();
    await expect(start()).rejects.toThrow(/is in use by process/);
    expect(await ask(url, "select 1 as n")).toEqual([{ n: 1 }]);
  });
});

describe("a launcher that dies by SIGKILL", () => {
  const script = `
    const { startPostgres } = await import(process.argv[1]);
    const { pid } = await startPostgres({ dataDir: process.argv[2], durable: false });
    process.stdout.write(String(pid));
    setInterval(() => {}, 1000);`;

  async function launchElsewhere(dataDir: string): Promise<{ launcher: number; server: number }> {
    const child = spawn(process.execPath, ["-e", script, launcher, dataDir], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [said] = await once(child.stdout, "data");
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
    return { launcher: child.pid as number, server: Number(said) };
  }

  test("takes its server with it", async () => {
    const { server } = await launchElsewhere(join(place, "server"));
    await vi.waitFor(() => expect(isAlive(server)).toBe(false), { timeout: 10_000 });
    const log = readFileSync(join(place, "server", "postgres.log"), "utf8");
    expect(log).toContain("database system is shut down");
    await start();
  });
});

describe("the user it runs as", () => {
  const user = asRoot ? 65534 : process.getuid?.();

  test("is ourselves, or nobody when we are root", async () => {
    const { dataDir } = await start();
    expect(statSync(join(dataDir, "data")).uid).toBe(user);
    expect(statSync(join(dataDir, "password")).uid).toBe(user);
    expect(statSync(dataDir).uid).toBe(process.getuid?.());
  });

  test("reaches its folder: as root one below a private directory moves, and is found again", async () => {
    const secluded = join(place, "home");
    mkdirSync(secluded, { mode: 0o700 });
    const wanted = join(secluded, "postgres");
    const first = await start(false, wanted);
    try {
      expect(first.dataDir === wanted).toBe(!asRoot);
      expect(existsSync(join(wanted, "MOVED"))).toBe(asRoot);
      await ask(first.url, "create table kept as select 7 as n");
      await first.stop();
      const second = await start(false, wanted);
      expect(second.dataDir).toBe(first.dataDir);
      expect(await ask(second.url, "select n from kept")).toEqual([{ n: 7 }]);
      await second.stop();
    } finally {
      rmSync(first.dataDir, { recursive: true });
    }
  });

  test("reach is judged by the owner's, the group's or everybody's right to pass", () => {
    const locked = join(place, "locked");
    mkdirSync(join(locked, "inner"), { recursive: true });
    const owner = { uid: statSync(locked).uid, gid: statSync(locked).gid };
    const stranger = { uid: 64_000, gid: 64_000 };
    expect(canReach(join(locked, "inner"), stranger)).toBe(true);
    chmodSync(locked, 0o700);
    expect(canReach(join(locked, "inner"), stranger)).toBe(false);
    expect(canReach(join(locked, "inner"), owner)).toBe(true);
    expect(canReach(join(locked, "inner"), { uid: 64_000, gid: owner.gid })).toBe(false);
  });
});

describe("the installed binaries", () => {
  const installed = dirname(dirname(findNativePackage(runAs()).postgres));

  /** As npm unpacks it: no symlinks, whatever the postinstall did here. */
  function unpack(target: string): string {
    const keep = (source: string) => !lstatSync(source).isSymbolicLink();
    cpSync(installed, join(target, "native"), { recursive: true, filter: keep });
    writeFileSync(join(target, "package.json"), JSON.stringify({ version: "18.0.0-test" }));
    return target;
  }

  test("are mended in place when the postinstall was skipped", () => {
    const root = unpack(join(place, "package"));
    const found = findNativePackage(runAs(), root);
    expect(found.postgres).toBe(join(root, "native/bin/postgres"));
    expect(spawnSync(found.postgres, ["--version"], { encoding: "utf8" }).stdout).toMatch(
      /^postgres/,
    );
  });

  test("are copied once to where the server's user can run them, for us alone to write", () => {
    const secluded = join(place, "private");
    mkdirSync(secluded, { mode: 0o700 });
    const root = unpack(join(secluded, "package"));
    const found = findNativePackage(runAs(), root);
    expect(found.postgres.startsWith(root)).toBe(!asRoot);
    if (!asRoot) return;
    const copy = dirname(dirname(dirname(found.postgres)));
    try {
      expect(statSync(copy).mode & 0o777).toBe(0o755);
      const before = statSync(found.postgres).ino;
      expect(statSync(findNativePackage(runAs(), root).postgres).ino).toBe(before);
      rmSync(join(copy, "native/share"), { recursive: true }); // as a cleaner of /tmp may do
      findNativePackage(runAs(), root);
      expect(existsSync(join(copy, "native/share"))).toBe(true);
      chmodSync(copy, 0o777);
      expect(() => findNativePackage(runAs(), root)).toThrow(/was not made by this user/);
    } finally {
      rmSync(copy, { recursive: true });
    }
  });
});
