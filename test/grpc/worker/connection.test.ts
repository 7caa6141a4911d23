import { randomUUID } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AttemptEnd } from "#proto/hodei.ts";
import { eventually, type ScriptedGateway } from "./scripted-gateway.ts";
import { isAlive, Stage, shell, type WorkerProcess } from "./worker-process.ts";

const stage = new Stage();
let gateway: ScriptedGateway;
let files: string;
// Unique, because clean-up finds the processes of an execution by its id.
let [e1, e2] = ["", ""];
const file = (name: string) => join(files, name);

beforeEach(async () => {
  gateway = await stage.gateway();
  [e1, e2] = [randomUUID(), randomUUID()];
  files = mkdtempSync(join(tmpdir(), "hodei-job-test-"));
});
afterEach(async () => {
  await stage.destroy();
  rmSync(files, { recursive: true, force: true });
});

const until = (name: string) => `until test -e ${file(name)}; do sleep 0.02; done`;
const pidIn = (name: string): Promise<number> =>
  eventually(() => {
    const pid = Number(readFileSync(file(name), "utf8"));
    expect(pid).toBeGreaterThan(0);
    return pid;
  });
const stubborn = (name: string) =>
  shell(`trap '' TERM; echo $$ > ${file(name)}; while :; do sleep 0.02; done`);
const storedResults = (worker: WorkerProcess) =>
  readdirSync(join(worker.workDir, "results")).filter((it) => it.endsWith(".json"));

describe("registration", () => {
  test.each([
    ["UNAUTHENTICATED", status.UNAUTHENTICATED],
    ["PERMISSION_DENIED", status.PERMISSION_DENIED],
    ["INVALID_ARGUMENT", status.INVALID_ARGUMENT],
  ])("refused with %s ends the worker with code 1", async (name, code) => {
    gateway.onRegister = () => code;
    const worker = stage.worker(gateway);
    expect(await worker.exited).toBe(1);
    expect(worker.log).toContain(name);
    expect(worker.log).not.toContain("bootstrap-token");
    expect(gateway.registrations).toHaveLength(1);
  });

  test("is repeated with the same digest until it is answered", async () => {
    const troubles = [status.UNAVAILABLE, status.INTERNAL, status.UNKNOWN, status.CANCELLED];
    gateway.onRegister = () => troubles.shift() ?? null;
    stage.worker(gateway);
    await gateway.connected();
    expect(gateway.registrations).toHaveLength(5);
    expect(new Set(gateway.registrations.map((it) => it.sessionSha256)).size).toBe(1);
  });

  test("and the first stream share a connection; the next stream has one of its own", async () => {
    const worker = stage.worker(gateway);
    const first = await gateway.connected();
    expect(gateway.registeredFrom).toEqual([first.call.getPeer()]);
    await eventually(() => expect(worker.log).toMatch(/"startMs":\d+,"cpuMs":\d+,"msg":"ready"/));
    first.call.end();
    const second = await eventually(() => {
      expect(gateway.peers).toHaveLength(2);
      return gateway.peer;
    });
    expect(gateway.registeredFrom).not.toContain(second.call.getPeer());
    await eventually(() =>
      expect(gateway.said.filter(({ $case }) => $case === "heartbeat").length).toBeGreaterThan(3),
    );
    expect(worker.log.match(/"msg":"ready"/g)).toHaveLength(1);
  });

  test("a bad environment ends the worker with code 2 and the variable's name", async () => {
    const worker = stage.worker(gateway, { HODEI_WORKER_ID: "not-a-uuid" });
    expect(await worker.exited).toBe(2);
    expect(worker.log).toContain("HODEI_WORKER_ID");
  });

  test("SIGTERM while it waits for an answer ends it in order", async () => {
    gateway.onRegister = () => status.UNAVAILABLE;
    const worker = stage.worker(gateway);
    await eventually(() => expect(gateway.registrations.length).toBeGreaterThan(0));
    worker.signal("SIGTERM");
    expect(await worker.exited).toBe(0);
  });
});

describe("results", () => {
  test("are repeated unchanged until one answer arrives, and kept on disk until then", async () => {
    const worker = stage.worker(gateway);
    await gateway.execute({ executionId: e1, command: shell("exit 7") });
    await eventually(() => expect(gateway.results.length).toBeGreaterThan(0));
    expect(storedResults(worker)).toEqual([`${e1}.json`]);
    gateway.peer.call.end();
    await eventually(() => expect(gateway.results.length).toBeGreaterThan(1));
    expect(gateway.heartbeats.at(-1)!.executions).toEqual([{ executionId: e1, fence: 1 }]);
    await eventually(() => expect(gateway.results.length).toBeGreaterThan(2)); // no new stream
    expect(new Set(gateway.results.map((it) => it.resultId)).size).toBe(1);
    gateway.acknowledge(gateway.results[0]!);
    await eventually(() => expect(storedResults(worker)).toEqual([]));
    await eventually(() => expect(gateway.heartbeats.at(-1)!.executions).toEqual([]));
  }, 30_000);

  test("wait for their logs, but not for ever", async () => {
    gateway.acknowledgeLogs = false;
    stage.worker(gateway);
    await gateway.execute({ executionId: e1, command: shell("echo hello") });
    await eventually(() => expect(gateway.chunks.length).toBeGreaterThan(0));
    const beats = gateway.heartbeats.length;
    await eventually(() => expect(gateway.heartbeats.length).toBeGreaterThan(beats + 5));
    expect(gateway.results).toEqual([]);
    expect((await gateway.result(e1)).logLastSeq).toBe(1);
  }, 20_000);

  test("survive a crash of the agent, as does the knowledge of what never finished", async () => {
    const first = stage.worker(gateway);
    await gateway.execute({ executionId: e1, command: shell("echo $$; exit 5") });
    const before = await gateway.result(e1);
    await gateway.execute({ executionId: e2, jobId: "run-2", command: stubborn("pid") });
    const pid = await pidIn("pid");
    first.signal("SIGKILL");
    await first.exited;

    const next = await stage.gateway();
    next.acknowledgeResults = true;
    stage.worker(next, { HODEI_WORK_DIR: first.workDir, HODEI_WORKER_ID: first.workerId });
    expect(await next.result(e1)).toEqual(before);
    expect(await next.result(e2)).toMatchObject({
      jobId: "run-2",
      fence: 1,
      success: false,
      end: AttemptEnd.ATTEMPT_END_AGENT_LOST,
    });
    expect(isAlive(pid)).toBe(false);
  });

  test("are sent from memory when the disk will not take them", async () => {
    const worker = stage.worker(gateway);
    await gateway.connected();
    // A directory of the file's name: cannot be written by anybody, root included.
    mkdirSync(join(worker.workDir, "results", `${e1}.json.new`));
    await gateway.execute({ executionId: e1, command: shell("exit 4") });
    expect(await gateway.result(e1)).toMatchObject({ exitCode: 4 });
    expect(storedResults(worker)).toEqual([]);
  });
});

describe("the connection", () => {
  test("a gateway killed in mid-job: the job goes on, nothing is lost", async () => {
    const { port } = gateway;
    stage.worker(gateway);
    const line = `echo one; ${until("go")}; echo two; echo $$ >> ${file("starts")}`;
    await gateway.execute({ executionId: e1, command: shell(line) });
    await eventually(() => expect(gateway.text(e1)).toBe("one\n"));
    gateway.close();
    writeFileSync(file("go"), "");
    await eventually(() => expect(existsSync(file("starts"))).toBe(true));

    const next = await stage.gateway(port);
    const result = await next.result(e1);
    expect(result).toMatchObject({ success: true });
    expect(next.heartbeats[0]!.executions).toEqual([{ executionId: e1, fence: 1 }]);
    expect(next.registrations).toEqual([]);
    const seqs = new Set([...gateway.chunks, ...next.chunks].map((it) => it.seq));
    expect([...seqs].sort((a, b) => a - b)).toEqual([1, 2].slice(0, result.logLastSeq));
    expect(next.text(e1)).toContain("two\n");
    expect(readFileSync(file("starts"), "utf8").trim().split("\n")).toHaveLength(1);
  });

  test("a new log stream brings everything unacknowledged again, in order", async () => {
    gateway.acknowledgeLogs = false;
    stage.worker(gateway);
    const line = `echo one; ${until("a")}; echo two; ${until("b")}`;
    await gateway.execute({ executionId: e1, command: shell(line) });
    await eventually(() => expect(gateway.text(e1)).toBe("one\n"));
    writeFileSync(file("a"), "");
    await eventually(() => expect(gateway.text(e1)).toBe("one\ntwo\n"));
    gateway.acknowledgeChunks(e1, 1);
    gateway.logCalls[0]!.end();
    await eventually(() => expect(gateway.logCalls).toHaveLength(2));
    await eventually(() => expect(gateway.chunks.map((it) => it.seq)).toEqual([1, 2, 2]));
    expect(gateway.peers).toHaveLength(1);
    writeFileSync(file("b"), "");
    await gateway.result(e1); // else the job waits for a file in a folder that is gone
  });

  test("an accept whose start was lost is said again on the next stream", async () => {
    stage.worker(gateway);
    await gateway.connected();
    gateway.run({ executionId: e1, command: shell("echo ran") });
    await eventually(() => expect(gateway.accepts).toEqual([e1]));
    gateway.answerHeartbeats = false; // an answer, too, would bring the accept again
    gateway.peer.call.end();
    await eventually(() => expect(gateway.peers).toHaveLength(2));
    await eventually(() => expect(gateway.accepts.length).toBeGreaterThan(1));
    gateway.start(e1);
    await gateway.result(e1);
    expect(gateway.text(e1)).toBe("ran\n");
  });

  test("`Reconnect`: the new stream first, then the old one ends, the job goes on", async () => {
    gateway.acknowledgeResults = true;
    stage.worker(gateway);
    await gateway.execute({ executionId: e1, command: shell(`${until("go")}; echo end`) });
    const old = gateway.peer;
    gateway.answerHeartbeats = false;
    gateway.say({ $case: "reconnect", value: { withinMs: 200 } });
    await eventually(() => expect(gateway.peers).toHaveLength(2));
    expect(old.over).toBe(false); // the new one has not spoken yet
    expect(gateway.peers[1]!.call.getPeer()).not.toBe(old.call.getPeer());
    gateway.answerHeartbeats = true;
    await eventually(() => expect(old.over).toBe(true));
    writeFileSync(file("go"), "");
    await gateway.result(e1);
    expect(gateway.text(e1)).toBe("end\n");
    expect(gateway.peers).toHaveLength(2);
  });

  test("a session that is refused ends the job and the worker", async () => {
    const worker = stage.worker(gateway);
    await gateway.execute({ executionId: e1, command: stubborn("pid") });
    const pid = await pidIn("pid");
    gateway.refuseStreams = status.UNAUTHENTICATED;
    gateway.peer.call.end();
    expect(await worker.exited).toBe(1);
    expect(isAlive(pid)).toBe(false);
    expect(worker.log).toContain("the session is refused");
  });
});

describe("self-fencing", () => {
  beforeEach(() => {
    gateway.leaseMs = 5_500;
    gateway.heartbeatPeriodMs = 100;
  });

  test("without answers the job is killed and the worker leaves with code 3", async () => {
    const worker = stage.worker(gateway);
    await gateway.execute({ executionId: e1, command: stubborn("pid") });
    const pid = await pidIn("pid");
    gateway.answerHeartbeats = false;
    expect(await worker.exited).toBe(3);
    expect(isAlive(pid)).toBe(false);
    expect(gateway.results).toEqual([]);
    expect(worker.log).toContain("no heartbeat was answered in time");
  });

  test("a worker frozen for its whole lease ends at the thaw", async () => {
    const worker = stage.worker(gateway);
    await gateway.execute({ executionId: e1, command: stubborn("pid") });
    const pid = await pidIn("pid");
    const frozenAt = performance.now();
    gateway.answerHeartbeats = false; // what lies in the socket at the thaw is the command alone
    worker.signal("SIGSTOP");
    await eventually(() => expect(performance.now() - frozenAt).toBeGreaterThan(gateway.leaseMs));
    const heard = gateway.said.length;
    gateway.run({ executionId: e2, command: shell("true") });
    worker.signal("SIGCONT");
    expect(await worker.exited).toBe(3);
    expect(isAlive(pid)).toBe(false);
    const said = gateway.said.slice(heard).map((it) => it.$case);
    expect(said.filter((it) => it !== "heartbeat")).toEqual([]);
    expect(gateway.results).toEqual([]);
  });

  test("a result that is already there gets its last chance", async () => {
    gateway.acknowledgeLogs = false; // keeps the result waiting for its logs
    const worker = stage.worker(gateway);
    await gateway.execute({ executionId: e1, command: shell("echo x; exit 9") });
    await eventually(() => expect(storedResults(worker)).toEqual([`${e1}.json`]));
    expect(gateway.results).toEqual([]);
    gateway.answerHeartbeats = false;
    gateway.acknowledgeResults = true;
    expect(await worker.exited).toBe(3);
    expect(gateway.results).toMatchObject([{ executionId: e1, exitCode: 9 }]);
    expect(storedResults(worker)).toEqual([]);
  });
});

describe("leaving", () => {
  test("SIGTERM: the job is stopped and reported as drained, then farewell and code 0", async () => {
    gateway.acknowledgeResults = true;
    const worker = stage.worker(gateway);
    const line = "trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.02; done";
    await gateway.execute({ executionId: e1, graceMs: 10_000, command: shell(line) });
    await eventually(() => expect(gateway.text(e1)).toBe("ready\n"));
    worker.signal("SIGTERM");
    expect(await worker.exited).toBe(0);
    expect(gateway.results[0]).toMatchObject({ end: AttemptEnd.ATTEMPT_END_DRAINED });
    expect(gateway.text(e1)).toBe("ready\nbye\n");
    expect(gateway.farewells).toMatchObject([{ workerId: { value: worker.workerId } }]);
    expect(existsSync(worker.workDir)).toBe(false);
  });

  test("SIGTERM with a command that was not started: it is refused", async () => {
    const worker = stage.worker(gateway);
    await gateway.connected();
    gateway.run({ executionId: e1, command: shell("true") });
    await eventually(() => expect(gateway.accepts).toContain(e1));
    worker.signal("SIGTERM");
    expect(await worker.exited).toBe(0);
    expect(gateway.refusals).toMatchObject([{ executionId: e1 }]);
  });

  test("a second signal ends worker and job at once", async () => {
    const worker = stage.worker(gateway);
    await gateway.execute({ executionId: e1, graceMs: 60_000, command: stubborn("pid") });
    const pid = await pidIn("pid");
    worker.signal("SIGTERM");
    await eventually(() => expect(worker.log).toContain("leaving"));
    worker.signal("SIGINT");
    expect(await worker.exited).toBe(130);
    expect(isAlive(pid)).toBe(false);
  });

  test("`Drain`: finishes what it has, takes no more, leaves", async () => {
    gateway.acknowledgeResults = true;
    const worker = stage.worker(gateway);
    await gateway.execute({ executionId: e1, command: shell(`${until("go")}; echo done`) });
    gateway.say({ $case: "drain", value: { reason: "over age" } });
    gateway.run({ executionId: e2, command: shell("true") });
    await eventually(() =>
      expect(gateway.refusals).toMatchObject([
        { executionId: e2, reason: "the worker is draining" },
      ]),
    );
    writeFileSync(file("go"), "");
    expect(await worker.exited).toBe(0);
    expect(gateway.results[0]).toMatchObject({ success: true });
    expect(gateway.farewells).toHaveLength(1);
  });

  test("idle for its clean-up time: says so and leaves", async () => {
    const worker = stage.worker(gateway, { HODEI_CLEANUP_TIMEOUT_MS: "300" });
    expect(await worker.exited).toBe(0);
    expect(gateway.said.at(-1)).toMatchObject({
      $case: "selfTerminate",
      value: { workerId: worker.workerId, expectedCleanupMs: 300, reason: "idle" },
    });
    expect(gateway.farewells).toHaveLength(1);
  });
});
