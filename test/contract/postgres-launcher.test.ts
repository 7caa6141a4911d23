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
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { findNativePackage } from "#local/postgres/native-package.ts";
import { runAs } from "#local/postgres/run-as.ts";
import { canReach } from "#local/postgres/server-home.ts";
import { postgresArguments } from "#local/postgres/server-settings.ts";
import { type PostgresServer, startPostgres } from "#local/postgres/start-postgres.ts";

const asRoot = process.getuid?.() === 0;
const launcher = fileURLToPath(new URL("../../local/postgres/start-postgres.ts", import.meta.url));

let place: string;
const running = new Set<PostgresServer>();

function newPlace(): string {
  const made = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "hodei-launcher-"));
  chmodSync(made, 0o755);
  return made;
}

beforeEach(() => {
  place = newPlace();
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

describe("a running server", () => {
  let home: string;
  let server: PostgresServer;

  beforeAll(async () => {
    home = newPlace();
    server = await startPostgres({ dataDir: join(home, "server"), durable: false });
  });
  afterAll(async () => {
    await server.stop();
    rmSync(home, { recursive: true });
  });

  test("is UTF8, UTC, orders by byte, and asks for its password", async () => {
    const [row] = await ask(
      server.url,
      `select current_setting('server_encoding') as encoding,
         current_setting('TimeZone') as zone, current_setting('listen_addresses') as listens,
         (select string_agg(x, '' order by x) from unnest(array['b', 'A', 'a', 'B']) x) as sorted`,
    );
    expect(row).toEqual({ encoding: "UTF8", zone: "UTC", listens: "127.0.0.1", sorted: "ABab" });
    const wrong = new URL(server.url);
    wrong.password = "guess";
    await expect(ask(wrong.href, "select 1")).rejects.toThrow(/password authentication failed/);
  });

  test("keeps its secrets and data for its owner", () => {
    const mode = (name: string) => statSync(join(server.dataDir, name)).mode;
    expect(mode("password") & 0o777).toBe(0o600);
    expect(mode("data") & 0o077).toBe(0);
    expect(mode("postgres.log") & 0o077).toBe(0);
  });

  test("runs as ourselves, or as nobody when we are root", () => {
    const owner = (name: string) => statSync(join(server.dataDir, name)).uid;
    const user = asRoot ? 65534 : process.getuid?.();
    expect([owner("data"), owner("password"), owner(".")]).toEqual([
      user,
      user,
      process.getuid?.(),
    ]);
  });

  test("has its folder for itself", async () => {
    const second = startPostgres({ dataDir: join(home, "server"), durable: false });
    await expect(second).rejects.toThrow(/is in use by process/);
    expect(await ask(server.url, "select 1 as n")).toEqual([{ n: 1 }]);
  });

  test("has its port for itself: an asked-for one that is taken is an error", async () => {
    const { port } = server;
    const second = startPostgres({ dataDir: join(place, "other"), port, durable: false });
    await expect(second).rejects.toThrow(/could not bind|Address already in use/);
  });
});

describe("started again", () => {
  const settings = `select string_agg(setting, ' ') as all from pg_settings
    where name in ('fsync', 'full_page_writes', 'synchronous_commit')`;

  test("after a stop: same data, same password, other promises", async () => {
    const first = await start(false);
    expect(await ask(first.url, settings)).toEqual([{ all: "off off off" }]);
    await ask(first.url, "create table kept as select 7 as n");
    await first.stop();
    await first.stop();
    await first.exited;
    expect(isAlive(first.pid)).toBe(false);
    expect(existsSync(join(first.dataDir, "launcher.pid"))).toBe(false);
    const second = await start(true);
    expect(await ask(second.url, settings)).toEqual([{ all: "on on on" }]);
    expect(new URL(second.url).password).toBe(new URL(first.url).password);
    expect(await ask(second.url, "select n from kept")).toEqual([{ n: 7 }]);
  });

  test("after a crash: what was committed is there", async () => {
    const first = await start(true);
    await ask(first.url, "create table kept as select 7 as n");
    await first.kill();
    const second = await start(true);
    expect(await ask(second.url, "select n from kept")).toEqual([{ n: 7 }]);
  });

  test("over a server that lost its launcher and its watchdog: that one is ended first", async () => {
    const first = await start();
    await first.stop();
    const data = join(first.dataDir, "data");
    const args = postgresArguments(data, { durable: false, port: first.port, settings: {} });
    const { spawn: user } = runAs();
    const orphan = spawn(findNativePackage(runAs()).postgres, args, { ...user, stdio: "ignore" });
    const ended = once(orphan, "exit");
    await vi.waitFor(() => expect(existsSync(join(data, "postmaster.pid"))).toBe(true));
    const second = await start();
    expect(await ended).toEqual([0, null]);
    expect(second.pid).not.toBe(orphan.pid);
  });

  test("over a process number that now belongs to somebody else", async () => {
    const first = await start();
    await first.stop();
    writeFileSync(join(first.dataDir, "data", "postmaster.pid"), `${process.pid}\n`);
    await start();
    expect(isAlive(process.pid)).toBe(true);
  });
});

describe("a launcher that dies by SIGKILL", () => {
  const script = `
    const { startPostgres } = await import(process.argv[1]);
    const { pid } = await startPostgres({ dataDir: process.argv[2], durable: false });
    process.stdout.write(String(pid));
    setInterval(() => {}, 1000);`;

  async function launchElsewhere(dataDir: string): Promise<number> {
    const child = spawn(process.execPath, ["-e", script, launcher, dataDir], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(child, "exit");
    const [said] = await Promise.race([once(child.stdout, "data"), ended]);
    child.kill("SIGKILL");
    await ended;
    expect(Number(said), "it says its server's process number").toBeGreaterThan(1);
    return Number(said);
  }

  test("takes its server with it", async () => {
    const server = await launchElsewhere(join(place, "server"));
    await vi.waitFor(() => expect(isAlive(server)).toBe(false), { timeout: 10_000 });
    const log = readFileSync(join(place, "server", "postgres.log"), "utf8");
    expect(log).toContain("database system is shut down");
    await start();
  });
});

describe("the user it runs as", () => {
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
