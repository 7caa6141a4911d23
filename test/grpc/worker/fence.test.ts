import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, test } from "vitest";
import { limits } from "#core/domain/limits.ts";
import { FenceState } from "#proto/hodei.ts";
import { eventually, type ScriptedGateway } from "./scripted-gateway.ts";
import { isAlive, Stage, shell } from "./worker-process.ts";

const stage = new Stage();
let gateway: ScriptedGateway;
let files: string;
let executionId: string;
const file = (name: string) => join(files, name);
const read = (name: string) => (existsSync(file(name)) ? readFileSync(file(name), "utf8") : "");
const written = (name: string) =>
  eventually(() => {
    expect(read(name)).toMatch(/\n$/);
    return read(name).trim();
  });

beforeEach(async () => {
  gateway = await stage.gateway();
  gateway.acknowledgeResults = true;
  executionId = randomUUID();
  files = mkdtempSync(join(tmpdir(), "hodei-fence-test-"));
});
afterEach(async () => {
  await stage.destroy();
  rmSync(files, { recursive: true, force: true });
});

const execute = (line: string, change = {}) =>
  gateway.execute({ executionId, jobId: randomUUID(), command: shell(line), ...change });

test("a job finds hodei on its path and hears what the gateway says", async () => {
  stage.worker(gateway);
  const states = [
    FenceState.FENCE_STATE_CURRENT,
    FenceState.FENCE_STATE_SUPERSEDED,
    FenceState.FENCE_STATE_UNSPECIFIED,
    { refused: status.UNAVAILABLE },
  ];
  gateway.onCheckFence = () => states[gateway.fenceChecks.length - 1] ?? null;
  const check = "hodei fence check 2>/dev/null; echo $?";
  await execute(`${check}; ${check}; ${check}; ${check}; echo "$HODEI_EXECUTION_ID $HODEI_FENCE"`);
  await gateway.result(executionId);
  expect(gateway.text(executionId)).toBe(`0\n75\n69\n69\n${executionId} 1\n`);
  expect(gateway.fenceChecks[0]).toMatchObject({
    request: { executionId, fence: 1 },
    authorization: gateway.peers[0]?.authorization,
  });
});

test("the job's own values override neither the fence nor the socket; its own hodei comes first", async () => {
  stage.worker(gateway);
  const own = join(files, "hodei");
  writeFileSync(own, "#!/bin/sh\necho own\n", { mode: 0o755 });
  const env = {
    ...{ HODEI_FENCE: "99", HODEI_EXECUTION_ID: "other", HODEI_FENCE_SOCKET: "/nowhere" },
    PATH: `${files}:/usr/bin:/bin`,
  };
  const line = `hodei; rm ${own}; echo "$HODEI_FENCE"; hodei fence check; echo $?`;
  await execute(line, { env });
  await gateway.result(executionId);
  expect(gateway.text(executionId)).toBe("own\n1\n0\n");
});

test("a job that hammers the socket costs a few calls a second; heartbeats and output go on", async () => {
  const worker = stage.worker(gateway);
  const hammer = `
    const { connect } = require("node:net");
    const { HODEI_FENCE_SOCKET: path, HODEI_EXECUTION_ID: id, HODEI_FENCE: fence } = process.env;
    let answered = 0, cut = 0;
    const ask = () => {
      let text = "";
      const socket = connect(path, () => socket.write("check " + id + " " + fence + "\\n"));
      socket.on("data", (data) => (text += data)).on("error", () => {});
      socket.on("close", () => { text ? (answered += 1) : (cut += 1); setImmediate(ask); });
    };
    for (let many = 0; many < 100; many += 1) ask();
    setTimeout(() => { console.log("answered", answered, "cut", cut); process.exit(); }, 2000);`;
  writeFileSync(file("hammer.cjs"), hammer);
  await gateway.connected();
  const since = performance.now();
  await execute(`${process.execPath} ${file("hammer.cjs")}`);
  const result = await gateway.result(executionId);
  const seconds = (performance.now() - since) / 1000;
  expect(result).toMatchObject({ success: true });
  const [, answered = 0, cut = 0] =
    /answered (\d+) cut (\d+)/.exec(gateway.text(executionId))?.map(Number) ?? [];
  expect(answered).toBeGreaterThan(limits.fenceConnectionsMax);
  expect(cut).toBeGreaterThan(0);
  const perSecond = 1000 / limits.fenceCheckPeriodMs;
  expect(gateway.fenceChecks.length).toBeLessThanOrEqual(perSecond * seconds + 2);
  expect(gateway.heartbeats.length).toBeGreaterThan(3);
  expect(isAlive(worker.pid)).toBe(true);
});

test("a gateway that does not answer, or is away, is nobody; a worker that is gone as well", async () => {
  const worker = stage.worker(gateway);
  gateway.onCheckFence = () => null;
  // Out of its group and without the mark that the clean-up looks for: it outlives the worker.
  const escaped = `${file("escaped.sh")} $HODEI_EXECUTION_ID`;
  writeFileSync(
    file("escaped.sh"),
    `check() { HODEI_EXECUTION_ID=$1 hodei fence check 2>>${file("why")}; echo $? > ${file("$2")}; }
     echo $$ > ${file("pid")}
     check $1 silent
     while test -e ${file("hold")}; do sleep 0.05; done
     check $1 away
     while ! test -e ${file("killed")}; do sleep 0.05; done
     check $1 gone\n`,
  );
  writeFileSync(file("hold"), "");
  await execute(`setsid env -u HODEI_EXECUTION_ID sh ${escaped} >/dev/null 2>&1 & sleep 600`);
  try {
    expect(await written("silent")).toBe("69");
    gateway.close();
    rmSync(file("hold"));
    expect(await written("away")).toBe("69");
    worker.signal("SIGKILL");
    await worker.exited;
    writeFileSync(file("killed"), "");
    expect(await written("gone")).toBe("69");
    expect(read("why")).toMatch(
      /DEADLINE_EXCEEDED[\s\S]*(not connected|UNAVAILABLE|gateway: gone)[\s\S]*worker is gone/,
    );
  } finally {
    killIfAlive(Number(read("pid")));
  }
});

test("what the worker was told to forget is superseded, also for who got away", async () => {
  stage.worker(gateway);
  writeFileSync(
    file("escaped.sh"),
    `echo $$ > ${file("pid")}
     while ! test -e ${file("lost")}; do sleep 0.05; done
     HODEI_EXECUTION_ID=$1 hodei fence check; echo $? > ${file("after")}\n`,
  );
  const escaped = `${file("escaped.sh")} $HODEI_EXECUTION_ID`;
  await execute(`setsid env -u HODEI_EXECUTION_ID sh ${escaped} >/dev/null 2>&1 & sleep 600`);
  try {
    await written("pid");
    gateway.cancel(executionId, { discard: true });
    gateway.lostExecutionIds = [executionId];
    const beats = gateway.heartbeats.length;
    await eventually(() => expect(gateway.heartbeats.length).toBeGreaterThan(beats + 2));
    writeFileSync(file("lost"), "");
    expect(await written("after")).toBe("75");
    expect(gateway.fenceChecks).toEqual([]);
  } finally {
    killIfAlive(Number(read("pid")));
  }
});

test("a worker that can make no socket runs jobs all the same, and the fence is not known", async () => {
  const HODEI_WORK_DIR = file("d".repeat(120)); // too long for a socket
  const worker = stage.worker(gateway, { HODEI_WORK_DIR, TMPDIR: file("nowhere") });
  const check = `node=${process.execPath}; $node cli/in-job.ts fence check; echo $?`;
  await execute(`hodei fence check; echo $?; echo "$HODEI_FENCE"; cd ${process.cwd()}; ${check}`);
  await gateway.result(executionId);
  expect(gateway.text(executionId)).toBe("127\n1\n69\n"); // neither is a yes
  expect(worker.log).toContain("jobs cannot ask for their fence here");
});

function killIfAlive(pid: number): void {
  if (pid > 0 && isAlive(pid)) process.kill(pid, "SIGKILL");
}
