import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { checkFence, ownAttempt } from "../../../cli/check-fence.ts";

vi.setConfig({ testTimeout: 30_000 }); // some start processes

let folder: string;
let path: string;
let server: Server | null;
let asked: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hodei-fence-"));
  path = join(folder, "fence.sock");
  asked = [];
  server = null;
});
afterEach(() => {
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A worker that does this with a question. */
async function worker(does: (socket: Socket, nth: number) => void): Promise<void> {
  const made = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (data) => does(socket, asked.push(String(data))));
  });
  server = made;
  await new Promise<void>((resolve) => made.listen(path, resolve));
}
const saying = (text: string) => worker((socket) => socket.end(text));
const attempt = () => ({ executionId: "e-1", fence: "7", socket: path });

describe("checkFence", () => {
  test.each([
    ["current\n", { state: "current" }],
    ["superseded\n", { state: "superseded" }],
    ["unknown the gateway: UNAVAILABLE\n", { state: "unknown", why: "the gateway: UNAVAILABLE" }],
  ])("%j is understood", async (text, expected) => {
    await saying(text);
    expect(await checkFence(attempt())).toEqual(expected);
    expect(asked).toEqual(["check e-1 7\n"]);
  });

  test("in pieces as well", async () => {
    await worker((socket) => {
      socket.write("curr");
      setImmediate(() => socket.end("ent\n"));
    });
    expect(await checkFence(attempt())).toEqual({ state: "current" });
  });

  test.each(["current", "yes\n", "", "current \nx"])("%j is no answer", async (text) => {
    await saying(text);
    const checked = await checkFence(attempt(), 200);
    expect(checked).toEqual({ state: "unknown", why: "the worker did not answer in time" });
  });

  test("whoever is closed without an answer asks again", async () => {
    await worker((socket, nth) => (nth < 3 ? socket.destroy() : socket.end("superseded\n")));
    expect(await checkFence(attempt())).toEqual({ state: "superseded" });
    expect(asked).toHaveLength(3);
  });

  test("a worker that says nothing is waited for no longer than that", async () => {
    await worker(() => undefined);
    const checked = await checkFence(attempt(), 100);
    expect(checked).toEqual({ state: "unknown", why: "the worker did not answer in time" });
  });

  test("a worker that is gone is not waited for", async () => {
    const gone = { state: "unknown", why: "the worker is gone" };
    expect(await checkFence(attempt(), 60_000)).toEqual(gone);
    expect(await checkFence({ ...attempt(), socket: null })).toMatchObject({ state: "unknown" });
  });
});

test("a job's environment names its attempt; any other names none", () => {
  const env = { HODEI_EXECUTION_ID: "e", HODEI_FENCE: "1" };
  expect(ownAttempt({ ...env, HODEI_FENCE_SOCKET: "/s" })).toEqual({
    ...{ executionId: "e", fence: "1", socket: "/s" },
  });
  expect(ownAttempt(env)).toEqual({ executionId: "e", fence: "1", socket: null });
  expect(ownAttempt({ HODEI_FENCE_SOCKET: "/s", HODEI_FENCE: "1" })).toBeNull();
  expect(ownAttempt({})).toBeNull();
});

const source = (name: string) => fileURLToPath(new URL(`../../../cli/${name}`, import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function start(program: string, words: readonly string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [source(program), ...words], {
    env: { PATH: process.env.PATH, ...env },
  });
  const said = { out: "", err: "" };
  child.stdout.on("data", (data) => {
    said.out += data;
  });
  child.stderr.on("data", (data) => {
    said.err += data;
  });
  return new Promise<Ended>((resolve) => {
    child.on("close", (code) => resolve({ code, ...said }));
  });
}

describe.each(["hodei.mjs", "in-job.ts"])("%s fence check", (program) => {
  const check = (env: Record<string, string> = {}) => start(program, ["fence", "check"], env);
  const inJob = () => ({
    ...{ HODEI_EXECUTION_ID: "e-1", HODEI_FENCE: "7", HODEI_FENCE_SOCKET: path },
  });

  test("exits with 0 and says nothing when it is current", async () => {
    await saying("current\n");
    expect(await check(inJob())).toEqual({ code: 0, out: "", err: "" });
  });

  test("exits with 75 and says so when it is superseded", async () => {
    await saying("superseded\n");
    const { code, err } = await check(inJob());
    expect([code, err]).toEqual([75, expect.stringContaining("does not count any more")]);
  });

  test("exits with 69 and says why when nobody knows", async () => {
    await saying("unknown the worker is not connected\n");
    const { code, err } = await check(inJob());
    expect([code, err]).toEqual([69, expect.stringContaining("the worker is not connected")]);
  });

  test("exits with 2 and says that this is no job, where it is none", async () => {
    const { code, err } = await check();
    expect([code, err]).toEqual([2, expect.stringContaining("not inside a job")]);
  });

  test("has help, and knows no other word", async () => {
    const help = await start(program, ["fence", "check", "--help"], {});
    expect(help).toMatchObject({ code: 0, out: expect.stringContaining("75  it is not any more") });
    expect(await start(program, ["fence", "assert"], inJob())).toMatchObject({ code: 2, out: "" });
  });
});
