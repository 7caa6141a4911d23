import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { limits } from "#core/domain/limits.ts";
import {
  type FenceAnswer,
  type FenceQuestion,
  parseFenceQuestion,
} from "../../../worker/fence-question.ts";
import { JobTools, type JobToolsPlace } from "../../../worker/job-tools.ts";
import { until } from "../../support/until.ts";

let folder: string;
let questions: FenceQuestion[];
let answer: () => Promise<FenceAnswer>;
let tools: JobTools;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hodei-tools-"));
  questions = [];
  answer = async () => ({ state: "current" });
  tools = toolsIn(folder);
});
afterEach(async () => {
  await tools.close();
  rmSync(folder, { recursive: true, force: true });
});

const toolsIn = (workDir: string) =>
  new JobTools(workDir, (question) => {
    questions.push(question);
    return answer();
  });

async function open(of: JobTools = tools): Promise<JobToolsPlace> {
  await of.open();
  if (of.place === null) throw new Error("there is no place");
  return of.place;
}

interface Said {
  readonly socket: Socket;
  /** All that was answered, once the connection is over. */
  readonly answered: Promise<string>;
}

function say(path: string, text: string): Said {
  const socket = connect(path, () => socket.write(text));
  let got = "";
  socket.on("data", (data) => {
    got += data;
  });
  socket.on("error", () => undefined);
  return { socket, answered: new Promise((resolve) => socket.on("close", () => resolve(got))) };
}

test("a question is answered with a line and the end of the connection", async () => {
  const { socket } = await open();
  expect(await say(socket, "check e-1 7\n").answered).toBe("current\n");
  expect(questions).toEqual([{ executionId: "e-1", fence: 7 }]);
  answer = async () => ({ state: "unknown", why: "nobody is there" });
  expect(await say(socket, "check e-1 7\nmore").answered).toBe("unknown nobody is there\n");
});

test("only the own user may enter the directory, ask, and start the program", async () => {
  const { binDir, socket } = await open();
  const mode = (path: string) => statSync(path).mode & 0o777;
  expect([binDir, socket, join(binDir, "hodei")].map(mode)).toEqual([0o700, 0o600, 0o500]);
});

test("the program is started whatever the job makes of its environment", async () => {
  const { binDir } = await open();
  const env = { PATH: `/usr/bin:/bin:${binDir}`, NODE_OPTIONS: "--require /nowhere.js" };
  expect(execFileSync("hodei", ["--help"], { env, encoding: "utf8" })).toContain("fence check");
});

test.each([
  ["something else", "hello\n"],
  ["nothing", "\n"],
  ["too much", "check ".padEnd(limits.fenceQuestionBytesMax + 1, "x")],
  ["binary", "\0\xff\n"],
])("whoever says %s is cut off, and nobody is asked", async (_, text) => {
  const { socket } = await open();
  expect(await say(socket, text).answered).toBe("");
  expect(questions).toEqual([]);
});

test("whoever says nothing is cut off in time", async () => {
  const { socket } = await open();
  const since = performance.now();
  expect(await say(socket, "check e-1").answered).toBe("");
  expect(performance.now() - since).toBeGreaterThan(limits.fenceQuestionMs - 100);
});

test("more connections than are allowed are closed, and those that are open answered", async () => {
  const { socket } = await open();
  const release = Promise.withResolvers<FenceAnswer>();
  answer = () => release.promise;
  const allowed = Array.from({ length: limits.fenceConnectionsMax }, () =>
    say(socket, "check e 1\n"),
  );
  await until("all are in", () => questions.length === limits.fenceConnectionsMax);
  const crowd = Array.from({ length: 50 }, () => say(socket, "check e 1\n").answered);
  expect(new Set(await Promise.all(crowd))).toEqual(new Set([""]));
  release.resolve({ state: "superseded" });
  const answers = await Promise.all(allowed.map(({ answered }) => answered));
  expect(new Set(answers)).toEqual(new Set(["superseded\n"]));
  expect(await say(socket, "check e 1\n").answered).toBe("superseded\n");
});

test("a job that goes away while it waits harms nobody", async () => {
  const { socket } = await open();
  const release = Promise.withResolvers<FenceAnswer>();
  answer = () => release.promise;
  const gone = say(socket, "check e 1\n");
  await until("it asks", () => questions.length === 1);
  gone.socket.destroy();
  await gone.answered;
  release.resolve({ state: "current" });
  expect(await say(socket, "check e 1\n").answered).toBe("current\n");
});

test("where the path is too long for a socket it lies elsewhere, for its owner alone", async () => {
  const deep = toolsIn(join(folder, "d".repeat(120)));
  const { binDir, socket } = await open(deep);
  expect(dirname(socket)).not.toBe(binDir);
  expect(statSync(dirname(socket)).mode & 0o777).toBe(0o700);
  expect(await say(socket, "check e 1\n").answered).toBe("current\n");
  await deep.close();
  expect(existsSync(dirname(socket))).toBe(false);
});

test("what an agent left that was killed is replaced; closing leaves nothing", async () => {
  await open();
  const after = toolsIn(folder);
  const { socket } = await open(after);
  expect(await say(socket, "check e 1\n").answered).toBe("current\n");
  await after.close();
  expect(after.place).toBeNull();
  expect(readdirSync(folder)).toEqual([]);
});

test("where nothing can be written there are no tools", async () => {
  const file = join(folder, "file");
  execFileSync("touch", [file]);
  const none = toolsIn(file);
  await expect(none.open()).rejects.toThrow();
  expect(none.place).toBeNull();
});

test("only a whole and plain question is one", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const question = parseFenceQuestion(text);
      if (question !== null) expect(text).toBe(`check ${question.executionId} ${question.fence}`);
    }),
  );
  fc.assert(
    fc.property(fc.uuid(), fc.nat(), (executionId, fence) => {
      expect(parseFenceQuestion(`check ${executionId} ${fence}`)).toEqual({ executionId, fence });
    }),
  );
});

test("paths with quotes start the program as well", async () => {
  const odd = toolsIn(join(folder, "it's here"));
  const { binDir } = await open(odd);
  const launcher = join(binDir, "hodei");
  expect(readFileSync(launcher, "utf8")).toMatch(/^#!\/bin\/sh\n/);
  expect(execFileSync(launcher, ["--help"], { encoding: "utf8" })).toContain("hodei fence check");
  await odd.close();
});
