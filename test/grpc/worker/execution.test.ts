import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AttemptEnd, ServerMessage, WorkerStatus } from "#proto/hodei.ts";
import { eventually, type ScriptedGateway, sha256Hex } from "./scripted-gateway.ts";
import { isAlive, Stage, shell } from "./worker-process.ts";

const stage = new Stage();
let gateway: ScriptedGateway;
let files: string;
// Unique, because clean-up finds the processes of an execution by its id.
let [e1, e2, e3] = ["", "", ""];
const file = (name: string) => join(files, name);

beforeEach(async () => {
  gateway = await stage.gateway();
  gateway.acknowledgeResults = true;
  [e1, e2, e3] = [randomUUID(), randomUUID(), randomUUID()];
  files = mkdtempSync(join(tmpdir(), "hodei-job-test-"));
});
afterEach(async () => {
  await stage.destroy();
  rmSync(files, { recursive: true, force: true });
});

const pidIn = (name: string): Promise<number> =>
  eventually(() => {
    const pid = Number(readFileSync(file(name), "utf8"));
    expect(pid).toBeGreaterThan(0);
    return pid;
  });
const heard = (executionId: string, text: string) =>
  eventually(() => expect(gateway.text(executionId)).toContain(text));

describe("the course of one execution", () => {
  test("registers, accepts, starts only when told, delivers output and result", async () => {
    const worker = stage.worker(gateway);
    const peer = await gateway.connected();
    const secret = peer.authorization.replace("Bearer ", "");
    expect(gateway.registrations[0]).toMatchObject({
      authToken: "bootstrap-token",
      protocolVersion: 1,
      sessionSha256: sha256Hex(secret),
    });
    expect(peer.workerId).toBe(worker.workerId);

    const line = `touch ${file("ran")}; echo out; echo err >&2`;
    gateway.run({ executionId: e1, command: shell(line) });
    await eventually(() => expect(gateway.accepts).toContain(e1));
    const beats = gateway.heartbeats.length;
    await eventually(() => expect(gateway.heartbeats.length).toBeGreaterThan(beats + 1));
    expect(gateway.heartbeats.at(-1)).toMatchObject({
      status: WorkerStatus.JOB_STATUS_BUSY,
      executions: [{ executionId: e1, fence: 1 }],
    });
    expect(existsSync(file("ran"))).toBe(false);

    gateway.start(e1);
    const result = await gateway.result(e1);
    expect(result).toMatchObject({
      exitCode: 0,
      success: true,
      end: AttemptEnd.ATTEMPT_END_EXITED,
    });
    expect(existsSync(file("ran"))).toBe(true);
    expect(gateway.text(e1)).toBe("out\n");
    expect(gateway.output(e1, true).toString()).toBe("err\n");
    const seqs = gateway.distinctChunks(e1).map((it) => it.seq);
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
    expect(result.logLastSeq).toBe(seqs.length);
    await eventually(() => expect(gateway.heartbeats.at(-1)!.executions).toEqual([]));
    expect(worker.log).not.toContain(secret);
    expect(worker.log).not.toContain("bootstrap-token");
  });

  test("output is live: lines at once, the part of a line soon after", async () => {
    stage.worker(gateway);
    const line = `echo first; printf part; until test -e ${file("go")}; do sleep 0.02; done; echo ial`;
    await gateway.execute({ executionId: e1, command: shell(line) });
    await eventually(() => expect(gateway.text(e1)).toBe("first\npart"));
    expect(gateway.results).toEqual([]);
    writeFileSync(file("go"), "");
    await gateway.result(e1);
    expect(gateway.text(e1)).toBe("first\npartial\n");
  });

  test("a repeated command or start never makes a second process", async () => {
    stage.worker(gateway);
    const command = {
      executionId: e1,
      command: shell(
        `echo $$ >> ${file("starts")}; until test -e ${file("go")}; do sleep 0.02; done`,
      ),
    };
    await gateway.execute(command);
    await eventually(() => expect(existsSync(file("starts"))).toBe(true));
    gateway.run(command);
    gateway.start(e1);
    writeFileSync(file("go"), "");
    await gateway.result(e1);
    await eventually(() => expect(gateway.heartbeats.at(-1)!.executions).toEqual([]));
    await eventually(() => {
      gateway.run(command);
      gateway.start(e1);
      expect(gateway.refusals).toContainEqual(
        expect.objectContaining({ executionId: e1, reason: "this execution is over" }),
      );
    });
    expect(readFileSync(file("starts"), "utf8").trim().split("\n")).toHaveLength(1);
  });

  test("another command is refused while one is held, and taken afterwards", async () => {
    stage.worker(gateway);
    await gateway.execute({
      executionId: e1,
      command: shell(`until test -e ${file("go")}; do sleep 0.02; done`),
    });
    gateway.run({ executionId: e2, command: shell("true") });
    await eventually(() =>
      expect(gateway.refusals).toMatchObject([{ executionId: e2, reason: "the worker is busy" }]),
    );
    writeFileSync(file("go"), "");
    await gateway.result(e1);
    await gateway.execute({ executionId: e3, command: shell("true") });
    expect(await gateway.result(e3)).toMatchObject({ success: true });
  });

  test("messages it does not know are ignored", async () => {
    stage.worker(gateway);
    const peer = await gateway.connected();
    const serialize = ServerMessage.encode;
    const unknown = Buffer.from([0xfa, 0x7f, 0x03, 0x01, 0x02, 0x03]); // field 2047, three bytes
    ServerMessage.encode = (message, writer) =>
      message.payload === undefined
        ? serialize(message, writer).raw(unknown)
        : serialize(message, writer);
    try {
      peer.call.write({ payload: undefined });
      await gateway.execute({ executionId: e1, command: shell("echo still here") });
      await gateway.result(e1);
    } finally {
      ServerMessage.encode = serialize;
    }
    expect(gateway.peers).toHaveLength(1);
  });
});

describe("what is executed", () => {
  test("the job sees its own environment and nothing of the agent's", async () => {
    const { workDir } = stage.worker(gateway, {
      HODEI_TOKEN: "older-token",
      SOME_SECRET: "agent-only",
      LANG: "C",
    });
    await gateway.execute({
      executionId: e1,
      jobId: "run-1",
      jobName: "nightly",
      attempt: 2,
      env: { GREETING: "hello" },
      command: { commandType: { $case: "shell", value: { cmd: "env", args: [] } } },
    });
    await gateway.result(e1);
    const names = gateway
      .text(e1)
      .split("\n")
      .filter((line) => line !== "");
    expect(names.sort()).toEqual(
      [
        "GREETING=hello",
        "HODEI_ATTEMPT=2",
        `HODEI_EXECUTION_ID=${e1}`,
        "HODEI_FENCE=1",
        `HODEI_FENCE_SOCKET=${workDir}/bin/fence.sock`,
        "HODEI_RUN_ID=run-1",
        "HODEI_RUN_NAME=nightly",
        "LANG=C",
        `PATH=${process.env.PATH}:${workDir}/bin`,
      ].sort(),
    );
  });

  test("arguments reach the program as they are, without a shell between", async () => {
    stage.worker(gateway);
    const args = ["%s|%s\n", "$HOME; echo `id`", "two  words"];
    await gateway.execute({
      executionId: e1,
      command: { commandType: { $case: "shell", value: { cmd: "printf", args } } },
    });
    await gateway.result(e1);
    expect(gateway.text(e1)).toBe("$HOME; echo `id`|two  words\n");
  });

  test("a script runs from a private file in a scratch directory that is removed", async () => {
    stage.worker(gateway);
    const content = 'pwd; ls; stat -c %a "$0"; cat; exit 3';
    await gateway.execute({
      executionId: e1,
      stdin: "from stdin",
      command: { commandType: { $case: "script", value: { interpreter: "sh", content } } },
    });
    expect(await gateway.result(e1)).toMatchObject({ exitCode: 3, success: false });
    const [cwd, mode, input] = gateway.text(e1).split("\n");
    expect([mode, input]).toEqual(["700", "from stdin"]);
    await eventually(() => expect(existsSync(cwd!)).toBe(false));
  });

  test("a working directory that is missing is made, and stays", async () => {
    stage.worker(gateway);
    const workingDir = file("a/b");
    await gateway.execute({ executionId: e1, workingDir, command: shell("pwd; touch kept") });
    await gateway.result(e1);
    expect(gateway.text(e1).trim()).toBe(workingDir);
    expect(existsSync(join(workingDir, "kept"))).toBe(true);
  });

  test.each([
    ["an empty command", { commandType: undefined }, "", 126, "the command is empty"],
    [
      "no such program",
      cmd("no-such-program"),
      "",
      127,
      "no such program or file: no-such-program",
    ],
    ["a program that may not be run", cmd("/etc/passwd"), "", 126, "permission denied"],
    ["a directory that cannot be", cmd("true"), "/etc/passwd/x", 126, "ENOTDIR"],
  ])("%s is a start failure with a result", async (_, command, workingDir, exitCode, text) => {
    stage.worker(gateway);
    await gateway.execute({ executionId: e1, command, workingDir });
    const result = await gateway.result(e1);
    expect(result).toMatchObject({ exitCode, end: AttemptEnd.ATTEMPT_END_START_FAILED });
    expect(result.errorMessage).toContain(text);
    expect(result.success).toBe(false);
  });

  test("a signal of the job's own making is told with its name", async () => {
    stage.worker(gateway);
    await gateway.execute({ executionId: e1, command: shell("kill -SEGV $$") });
    expect(await gateway.result(e1)).toMatchObject({
      exitCode: 139,
      signal: "SIGSEGV",
      end: AttemptEnd.ATTEMPT_END_EXITED,
    });
  });
});

function cmd(name: string) {
  return { commandType: { $case: "shell" as const, value: { cmd: name, args: [] } } };
}

describe("how it is stopped", () => {
  const patient = `trap 'echo got term; exit 0' TERM; echo ready; while :; do sleep 0.02; done`;
  const stubborn = `trap '' TERM; echo $$ > PIDFILE; echo ready; while :; do sleep 0.02; done`;

  test.each([
    ["timeoutMs", AttemptEnd.ATTEMPT_END_TIMEOUT],
    ["deadlineMs", AttemptEnd.ATTEMPT_END_DEADLINE],
  ])("by %s", async (limit, end) => {
    stage.worker(gateway);
    const command = shell("sleep 60");
    await gateway.execute({ executionId: e1, graceMs: 5_000, [limit]: 1_000, command });
    expect(await gateway.result(e1)).toMatchObject({ end, exitCode: 143, signal: "SIGTERM" });
  });

  test("by cancel: SIGTERM first, and what the process says then is kept", async () => {
    stage.worker(gateway);
    await gateway.execute({ executionId: e1, graceMs: 20_000, command: shell(patient) });
    await heard(e1, "ready");
    gateway.cancel(e1);
    const result = await gateway.result(e1);
    expect(result).toMatchObject({
      end: AttemptEnd.ATTEMPT_END_CANCELLED,
      exitCode: 0,
      success: false,
    });
    expect(gateway.text(e1)).toBe("ready\ngot term\n");
  });

  test.each([
    ["after the grace", 300, false],
    ["at once when forced", 60_000, true],
  ])("a process that ignores SIGTERM is killed %s", async (_, graceMs, force) => {
    stage.worker(gateway);
    const command = shell(stubborn.replace("PIDFILE", file("pid")));
    await gateway.execute({ executionId: e1, graceMs, command });
    await heard(e1, "ready");
    gateway.cancel(e1, { force });
    const end = AttemptEnd.ATTEMPT_END_CANCELLED;
    expect(await gateway.result(e1)).toMatchObject({ end, exitCode: 137, signal: "SIGKILL" });
    expect(isAlive(await pidIn("pid"))).toBe(false);
  });

  test("before it was started: a result, and no process", async () => {
    stage.worker(gateway);
    await gateway.connected();
    gateway.run({ executionId: e1, command: shell(`touch ${file("ran")}`) });
    await eventually(() => expect(gateway.accepts).toContain(e1));
    gateway.cancel(e1);
    gateway.start(e1);
    expect(await gateway.result(e1)).toMatchObject({ end: AttemptEnd.ATTEMPT_END_CANCELLED });
    expect(existsSync(file("ran"))).toBe(false);
  });

  test.each([
    ["a cancel that discards", () => gateway.cancel(e1, { discard: true })],
    [
      "an answer that calls it lost",
      () => {
        gateway.lostExecutionIds = [e1];
      },
    ],
  ])("%s kills without a result and frees the worker", async (_, lose) => {
    stage.worker(gateway);
    const command = shell(stubborn.replace("PIDFILE", file("pid")));
    await gateway.execute({ executionId: e1, graceMs: 60_000, command });
    const pid = await pidIn("pid");
    lose();
    await eventually(() => expect(isAlive(pid)).toBe(false));
    await eventually(() => expect(gateway.heartbeats.at(-1)!.executions).toEqual([]));
    await eventually(() => {
      gateway.run({ executionId: e2, command: shell("true") });
      expect(gateway.accepts).toContain(e2);
    });
    expect(gateway.results).toEqual([]);
  });

  test("its whole process group goes with it, and who left the group too", async () => {
    stage.worker(gateway);
    const child = `(trap '' TERM; echo $BASHPID > ${file("child")}; sleep 300) &`;
    const escapee = `setsid bash -c 'echo $$ > ${file("escapee")}; exec sleep 300' &`;
    const command = {
      commandType: {
        $case: "shell" as const,
        value: { cmd: "bash", args: ["-c", `${child} ${escapee} echo ready; wait`] },
      },
    };
    await gateway.execute({ executionId: e1, graceMs: 500, command });
    const pids = [await pidIn("child"), await pidIn("escapee")];
    gateway.cancel(e1);
    await gateway.result(e1);
    for (const pid of pids) expect(isAlive(pid)).toBe(false);
  });

  test("a background process that keeps stdout open does not keep the attempt open", async () => {
    stage.worker(gateway);
    const line = `sleep 300 & echo $! > ${file("background")}; echo done`;
    await gateway.execute({ executionId: e1, command: shell(line) });
    const result = await gateway.result(e1);
    expect(result).toMatchObject({ exitCode: 0, success: true });
    expect(gateway.text(e1)).toBe("done\n");
    expect(isAlive(await pidIn("background"))).toBe(false);
  });
});
