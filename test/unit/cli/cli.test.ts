import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { limits } from "#core/domain/limits.ts";
import { runIdOf } from "../../support/fakes/fake-control-plane.ts";
import type { CliTest } from "./test-cli.ts";
import { endEach, lines, setUp } from "./test-cli-set-up.ts";

vi.setConfig({ testTimeout: 30_000 }); // each test starts processes
afterEach(endEach);

describe("hodei run", () => {
  it("submits what flags and words say, with a key of its own, and prints the id", async () => {
    const test = await setUp();
    const flags = ["--cpu", "500m", "--env", "A=1=2", "--env", "B=", "--timeout", "1m30s"];
    const result = await test.cli(["run", ...flags, "--", "echo", "--follow", "$HOME"]);
    expect(result).toMatchObject({ exitCode: 0, out: `${runIdOf(1)}\n`, err: "" });
    const [request] = test.submitted;
    expect(request?.spec).toEqual({
      command: ["echo", "--follow", "$HOME"],
      env: { A: "1=2", B: "" },
      resources: { cpu: "500m" },
      attemptTimeoutSeconds: 90,
    });
    expect(request?.idempotencyKey).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("submits every document of a file, changed by the flags", async () => {
    const test = await setUp();
    const file = join(test.directory, "runs.yaml");
    writeFileSync(file, "command: [a]\nenv: {A: '1', B: '1'}\n---\n# nothing\n---\nshell: b | c\n");
    const result = await test.cli(["run", "-f", file, "--env", "B=2", "--priority", "-3"]);
    expect(result.out).toBe(`${runIdOf(1)}\n${runIdOf(2)}\n`);
    expect(test.submitted.map(({ spec }) => spec)).toEqual([
      { command: ["a"], env: { A: "1", B: "2" }, priority: -3 },
      { shell: "b | c", env: { B: "2" }, priority: -3 },
    ]);
    expect(test.submitted[0]?.idempotencyKey).not.toBe(test.submitted[1]?.idempotencyKey);
  });

  it("submits none of several documents when one of them is bad, and says which", async () => {
    const test = await setUp();
    const stdin = "command: [a]\n---\ncommand: [b]\ncomand: [c]\n---\ncommand: [d]\n";
    const result = await test.cli(["run", "-f", "-"], { stdin });
    expect(result).toMatchObject({ exitCode: 1, out: "" });
    expect(result.err).toMatch(/^ {2}runs\[1\]\.comand: unknown field; did you mean command\?$/m);
    expect(test.submitted).toEqual([]);
    expect(test.plane.newest()).toBe("none");
  });

  it("makes no second runs of several documents when the answer is lost", async () => {
    let answers = 0;
    const test = await setUp({
      onAnswer: (request, response) => {
        if (request.method !== "POST" || ++answers > 1) return response;
        throw new Error("cut");
      },
    });
    const stdin = "command: [a]\n---\ncommand: [b]\n";
    const result = await test.cli(["run", "-f", "-", "--json"], { stdin });
    expect(answers).toBe(2);
    expect(lines(result.out)).toEqual([1, 2].map((n) => ({ id: runIdOf(n), created: false })));
    expect(test.plane.newest()).toBe(runIdOf(2));
  });

  it("prints the ids of what was submitted, names what was not, and fails", async () => {
    const full = { id: null, error: { code: "QueueFull", message: "too many runs are waiting" } };
    const test = await setUp({
      onAnswer: (_request, response) =>
        Response.json({ runs: [{ id: runIdOf(1), created: true }, full] }, response),
    });
    const stdin = "command: [a]\n---\ncommand: [b]\n";
    const result = await test.cli(["run", "-f", "-"], { stdin });
    expect(result).toMatchObject({ exitCode: 1, out: `${runIdOf(1)}\n` });
    expect(result.err).toContain("1 of 2 runs were not submitted");
    expect(result.err).toContain("document 2: too many runs are waiting");
    const json = await test.cli(["run", "-f", "-", "--json"], { stdin });
    expect(lines(json.out)).toEqual([{ id: runIdOf(1), created: true }, full]);
  });

  it("refuses a key among the fields of a document", async () => {
    const test = await setUp();
    const stdin = "command: [a]\n---\ncommand: [b]\nidempotencyKey: k\n";
    const result = await test.cli(["run", "-f", "-"], { stdin });
    expect(result.exitCode).toBe(1);
    expect(result.err).toContain("stdin: idempotencyKey is not a field of a run");
    expect(test.submitted).toEqual([]);
  });

  it("reads JSON from stdin and writes JSON", async () => {
    const test = await setUp();
    const stdin = JSON.stringify({ command: ["x", "\t"], name: "from-stdin" });
    const result = await test.cli(["run", "-f", "-", "--json"], { stdin });
    expect(lines(result.out)).toMatchObject([{ id: runIdOf(1), name: "from-stdin" }]);
  });

  it("shows every bad field", async () => {
    const test = await setUp();
    const result = await test.cli(["run", "--cpu", "lots", "--env", "HODEI_X=1", "--", "a"]);
    expect(result).toMatchObject({ exitCode: 1, out: "" });
    expect(result.err).toContain("the run spec has 2 bad fields");
    expect(result.err).toMatch(/^ {2}resources\.cpu: must be an amount of CPU/m);
    expect(result.err).toMatch(/^ {2}env\.HODEI_X: names that begin/m);
    const json = await test.cli(["run", "--json", "--cpu", "lots", "--", "a"]);
    expect(lines(json.err)).toMatchObject([{ error: { code: "InvalidSpec", status: 400 } }]);
  });

  it("makes one run when the answer is lost, and when the server has to rest", async () => {
    let answers = 0;
    const test = await setUp({
      onAnswer: (_request, response) => {
        answers += 1;
        if (answers === 1) throw new Error("the connection is cut");
        return answers === 2 ? new Response("", { status: 503 }) : response;
      },
    });
    const result = await test.cli(["run", "--json", "--", "a"]);
    expect(lines(result.out)).toMatchObject([{ id: runIdOf(1) }]);
    expect(test.submitted).toHaveLength(3);
    expect(test.plane.newest()).toBe(runIdOf(1));
  });

  it("says when a key had made the run before", async () => {
    const test = await setUp();
    const args = ["run", "--idempotency-key", "nightly-1", "--", "a"];
    expect((await test.cli(args)).err).toBe("");
    const again = await test.cli(args);
    expect(again).toMatchObject({ exitCode: 0, out: `${runIdOf(1)}\n` });
    expect(again.err).toContain("had made the run before");
  });
});

describe("hodei run --follow", () => {
  it("is the job: its output byte by byte, its exit code", async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const test = await setUp({
      onSubmit: (id, plane) => {
        plane.write(id, bytes);
        plane.write(id, "to stderr\n", { stream: "stderr" });
        plane.write(id, "é\u001b[31mred\n");
        plane.finish(id, "Failed", { exitCode: 7, reason: "BackoffLimitExceeded" });
      },
    });
    const result = await test.cli(["run", "--follow", "--", "job"]);
    expect(result.exitCode).toBe(7);
    expect(result.stdout).toEqual(Buffer.concat([bytes, Buffer.from("é\u001b[31mred\n")]));
    expect(result.err).toBe(`to stderr\nhodei: run ${runIdOf(1)} Failed (BackoffLimitExceeded)\n`);
  });

  it("waits for output and for the end", async () => {
    const test = await setUp();
    const process = test.start(["run", "--follow", "--", "job"]);
    await expect.poll(() => test.plane.newest(), { timeout: 20_000 }).toBe(runIdOf(1));
    test.plane.write(runIdOf(1), "first\n");
    await process.says("first\n");
    test.plane.write(runIdOf(1), "second\n", { attempt: 2 });
    await process.says("second\n");
    test.plane.finish(runIdOf(1), "Succeeded", { exitCode: 0 });
    expect(await process.result).toMatchObject({ exitCode: 0, out: "first\nsecond\n", err: "" });
  });

  it("leaves the run alone on Ctrl-C, and says how to come back", async () => {
    const test = await setUp({ onSubmit: (id, plane) => plane.write(id, "started\n") });
    const process = test.start(["run", "--follow", "--", "job"]);
    await process.says("started");
    process.interrupt();
    const result = await process.result;
    expect(result.exitCode).toBe(130);
    expect(result.err).toContain(`hodei logs -f ${runIdOf(1)}`);
    expect(result.err).toContain(`hodei cancel ${runIdOf(1)}`);
    expect((await test.plane.reader.run(runIdOf(1)))?.phase).toBe("Pending");
  });

  it("cancels on Ctrl-C when told to, and waits for the end", async () => {
    const test = await setUp({
      onSubmit: (id, plane) => {
        plane.update(id, { phase: "Running" });
        plane.write(id, "started\n");
      },
      onCancel: (id, plane) => {
        plane.write(id, "cleaned up\n");
        plane.finish(id, "Cancelled");
      },
    });
    const process = test.start(["run", "--follow", "--cancel-on-interrupt", "--", "job"]);
    await process.says("started");
    process.interrupt();
    expect(await process.result).toMatchObject({ exitCode: 130, out: "started\ncleaned up\n" });
  });

  it("says when Ctrl-C could not cancel, and leaves on the next one", async () => {
    const test = await setUp({
      onSubmit: (id, plane) => plane.write(id, "started\n"),
      onRequest: (request) =>
        request.url.endsWith("/cancel") ? new Response("", { status: 403 }) : null,
    });
    const process = test.start(["run", "--follow", "--cancel-on-interrupt", "--", "job"]);
    await process.says("started");
    process.interrupt();
    await expect.poll(process.errors, { timeout: 20_000 }).toContain("not cancelled: ");
    await expect
      .poll(
        () => {
          process.interrupt();
          return process.errors();
        },
        { timeout: 20_000, interval: 400 },
      )
      .toContain("left run");
    expect((await process.result).exitCode).toBe(130);
  });

  it("does not wait for ever for output that died with its worker", async () => {
    const test = await setUp({
      onSubmit: (id, plane) => plane.finish(id, "Failed", { reason: "InfrastructureFailure" }),
      onAnswer: (request, response) =>
        request.url.includes("/logs")
          ? Response.json({ pieces: [], next: "0.0", complete: false })
          : response,
    });
    const result = await test.cli(["run", "--follow", "--", "job"]);
    expect(result).toMatchObject({ exitCode: 1, out: "" });
    expect(result.err).toContain("the end of the output never arrived");
    expect(result.err).toContain("Failed (InfrastructureFailure)");
  });

  it("writes JSON lines for programs", async () => {
    const test = await setUp({
      onSubmit: (id, plane) => {
        plane.write(id, "x\n");
        plane.finish(id, "Succeeded", { exitCode: 0 });
      },
    });
    const result = await test.cli(["run", "--follow", "--json", "--", "job"]);
    expect(lines(result.out)).toMatchObject([
      { type: "run", phase: "Pending" },
      { type: "log", attempt: 1, seq: 1, stream: "stdout", text: "x\n" },
      { type: "run", phase: "Succeeded" },
    ]);
  });
});

describe("hodei logs", () => {
  async function withLogs(): Promise<CliTest> {
    const test = await setUp();
    await test.plane.operations.submitRun({
      spec: { command: ["a"] },
      idempotencyKey: null,
      submittedBy: null,
    });
    const id = runIdOf(1);
    test.plane.write(id, "one\n");
    test.plane.write(id, "two\n", { attempt: 2 });
    test.plane.write(id, "", { attempt: 2, truncated: { droppedBytes: 9, droppedLines: 1 } });
    test.plane.write(id, "three\n", { attempt: 3 });
    return test;
  }

  it("shows what there is, all or one attempt, and what was dropped", async () => {
    const test = await withLogs();
    const all = await test.cli(["logs", runIdOf(1)]);
    expect(all).toMatchObject({ exitCode: 0, out: "one\ntwo\nthree\n" });
    expect(all.err).toBe("hodei: 9 bytes (1 lines) of output were dropped here\n");
    expect((await test.cli(["logs", "00000001", "--attempt", "2"])).out).toBe("two\n");
    expect((await test.cli(["logs", "-f", runIdOf(1), "--attempt", "1"])).out).toBe("one\n");
  });

  it("follows until the end or Ctrl-C", async () => {
    const test = await withLogs();
    const ended = test.start(["logs", "-f", runIdOf(1)]);
    const left = test.start(["logs", "-f", runIdOf(1)]);
    await Promise.all([ended.says("three\n"), left.says("three\n")]);
    left.interrupt();
    expect((await left.result).exitCode).toBe(130);
    test.plane.write(runIdOf(1), "last\n", { attempt: 3 });
    test.plane.finish(runIdOf(1), "Failed", { exitCode: 9 });
    expect(await ended.result).toMatchObject({ exitCode: 0, out: "one\ntwo\nthree\nlast\n" });
  });

  it("goes quietly when nobody reads any more", async () => {
    const test = await withLogs();
    const process = test.start(["logs", "-f", runIdOf(1)]);
    await process.says("one");
    process.closeStdout();
    test.plane.write(runIdOf(1), "x".repeat(limits.logPageBytesMax), { attempt: 3 });
    expect(await process.result).toMatchObject({ exitCode: 141 });
    expect((await process.result).err).not.toContain("EPIPE");
  });
});
