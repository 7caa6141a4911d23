import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { newWorker, runIdOf } from "../../support/fakes/fake-control-plane.ts";
import type { CliTest } from "./test-cli.ts";
import { endEach, lines, setUp } from "./test-cli-set-up.ts";

vi.setConfig({ testTimeout: 30_000 }); // each test starts processes
afterEach(endEach);

describe("looking and cancelling", () => {
  async function withRuns(count: number): Promise<CliTest> {
    const test = await setUp();
    for (let n = 0; n < count; n++) {
      const spec = { command: ["echo", "a b"], labels: { n: String(n) } };
      await test.plane.operations.submitRun({ spec, idempotencyKey: null, submittedBy: null });
    }
    return test;
  }

  it("lists runs as a table and as JSON, page after page", async () => {
    const test = await withRuns(502);
    test.plane.update(runIdOf(7), { phase: "Running" });
    const table = await test.cli(["ls", "--phase", "Running"]);
    expect(table.out).toMatch(/^ID +NAME +PHASE +REASON +ATTEMPTS +EXIT +AGE +RAN\n/);
    expect(table.out).toMatch(new RegExp(`^${runIdOf(7)}  echo +Running `, "m"));
    expect(table.out, "no colours without a terminal").not.toContain("\u001b");
    expect(lines((await test.cli(["list", "--limit", "2", "--json"])).out)).toHaveLength(2);
    expect(lines((await test.cli(["list", "--all", "--json"])).out)).toHaveLength(502);
    const none = await test.cli(["list", "--label", "n=none"]);
    expect(none).toMatchObject({ exitCode: 0, out: "", err: "no runs\n" });
  });

  it("shows one run with attempts and its latest events", async () => {
    const test = await withRuns(1);
    const id = runIdOf(1);
    test.plane.addAttempt(id, {
      phase: "Failed",
      exitCode: 3,
      message: "bad\u001b]0;x\u0007\nnews",
    });
    for (let n = 0; n < 12; n++) test.plane.addEvent(id, { type: `Event${n + 1}` });
    const { out } = await test.cli(["get", id.slice(0, 8)]);
    expect(out).toMatch(/^Command {2,}echo "a b"$/m);
    expect(out).toMatch(/^Resources {2,}250m CPU, 512Mi memory$/m);
    expect(out).toMatch(/^1 +Failed /m);
    expect(out).toContain("bad ]0;x news");
    expect(out).toContain("Event12");
    expect(out).not.toContain("Event2\n");
    expect(out).not.toContain("\u001b");
    const [json] = lines((await test.cli(["get", id, "--json"])).out) as [{ events: unknown[] }];
    expect(json).toMatchObject({ run: { id }, attempts: [{ exitCode: 3 }] });
    expect(json.events).toHaveLength(12);
  });

  it("prints a spec that makes the same run again", async () => {
    const test = await withRuns(1);
    const { out } = await test.cli(["get", runIdOf(1), "--spec"]);
    expect((await test.cli(["run", "-f", "-"], { stdin: out })).exitCode).toBe(0);
    const [first, second] = await Promise.all([1, 2].map((n) => test.plane.reader.run(runIdOf(n))));
    expect(second?.spec).toEqual(first?.spec);
  });

  it("cancels, and says why it cannot", async () => {
    const test = await withRuns(2);
    const cancelled = await test.cli(["cancel", runIdOf(1), "--reason", "wrong input"]);
    expect(cancelled).toMatchObject({ exitCode: 0, out: `${runIdOf(1)} is cancelled\n` });
    expect((await test.plane.reader.run(runIdOf(1)))?.message).toBe("wrong input");
    test.plane.update(runIdOf(2), { phase: "Running" });
    expect((await test.cli(["cancel", runIdOf(2)])).out).toContain("is being stopped");
    test.plane.finish(runIdOf(2), "Succeeded");
    const late = await test.cli(["cancel", runIdOf(2)]);
    expect(late).toMatchObject({ exitCode: 1, out: "" });
    expect(late.err).toContain("hodei: the run has ended as Succeeded");
  });

  it("finds a run by the end of its id, and says when that is of several", async () => {
    const test = await withRuns(2);
    expect((await test.cli(["get", "000000000002"])).out).toContain(runIdOf(2));
    const middle = await test.cli(["get", "0000-7000"]);
    expect(middle.err).toContain("none of the newest 500 runs begins or ends with 0000-7000");
  });

  it("finds a run by the beginning of its id, when there is just one", async () => {
    const test = await withRuns(1);
    const missing = await test.cli(["get", "ffffffff"]);
    expect(missing).toMatchObject({ exitCode: 1 });
    expect(missing.err).toContain("none of the newest");
    expect((await test.cli(["get", "00"])).exitCode).toBe(2);
    expect((await test.cli(["get", runIdOf(99)])).err).toContain("there is no run");
  });

  it("lists the workers", async () => {
    const test = await setUp();
    expect((await test.cli(["workers"])).err).toContain("no workers");
    test.plane.workers.push(newWorker(), newWorker({ id: "gone", phase: "Terminated" }));
    expect((await test.cli(["workers"])).out).toMatch(/ Ready +small +1 +2Gi +- +0 /);
    expect(lines((await test.cli(["workers", "--all", "--json"])).out)).toHaveLength(2);
  });
});

describe("the command line itself", () => {
  it("says at once that there is no server, and what to do", async () => {
    const test = await setUp();
    await test.stopServer();
    const result = await test.cli(["list"]);
    expect(result).toMatchObject({ exitCode: 1, out: "" });
    expect(result.err).toContain(`cannot reach the server at ${test.url} (ECONNREFUSED)`);
    expect(result.err).toContain("hodei up");
    expect(result.err).not.toContain("    at ");
  });

  it("says what fetch will not do", async () => {
    const test = await setUp();
    const result = await test.cli(["list", "--server", "http://127.0.0.1:9"]);
    expect(result.err).toContain("cannot reach the server at http://127.0.0.1:9 (bad port)");
  });

  it("knows a server that is not ours", async () => {
    const test = await setUp({ onAnswer: () => new Response("<html>hello</html>") });
    expect((await test.cli(["list"])).err).toContain("is not the API of Hodei");
    const denied = await setUp({
      onAnswer: () => Response.json({ message: "Forbidden" }, { status: 403 }),
    });
    const result = await denied.cli(["list"]);
    expect(result).toMatchObject({ exitCode: 1 });
    expect(result.err).toContain("the server answered 403: Forbidden");
  });

  it("sends the key it was given, and never shows it", async () => {
    const seen: (string | null)[] = [];
    const test = await setUp({
      onAnswer: (request) => {
        seen.push(request.headers.get("authorization"));
        return new Response("", { status: 401 });
      },
    });
    const result = await test.cli(["list"], { env: { HODEI_API_KEY: "s3cr3t" } });
    expect(seen).toEqual(["Bearer s3cr3t"]);
    expect(result.out + result.err).not.toContain("s3cr3t");
  });

  it("finds local mode and its key by what it wrote down in this directory", async () => {
    const test = await setUp();
    mkdirSync(join(test.directory, ".hodei"));
    writeFileSync(join(test.directory, ".hodei", "local.json"), JSON.stringify({ url: test.url }));
    const env = { HODEI_URL: "", HODEI_API_KEY: "" };
    const without = await test.cli(["list"], { env });
    expect(without).toMatchObject({ exitCode: 1 });
    expect(without.err).toMatch(/valid API key\n.*HODEI_API_KEY/);
    writeFileSync(join(test.directory, ".hodei", "api-key"), `${test.apiKey}\n`);
    expect(await test.cli(["list"], { env })).toMatchObject({ exitCode: 0 });
  });
});

describe("under a Node that is too old", () => {
  const pretend = "Object.defineProperty(process.versions, 'node', { value: '20.20.2' })";
  const nodeArguments = ["--import", `data:text/javascript,${encodeURIComponent(pretend)}`];

  it("hands over to the project's own: arguments, streams and exit code", async () => {
    const test = await setUp({
      onSubmit: (id, plane) => {
        plane.write(id, "out\n");
        plane.finish(id, "Failed", { exitCode: 5 });
      },
    });
    const stdin = "command: [a]";
    const result = await test.cli(["run", "--follow", "-f", "-"], { nodeArguments, stdin });
    expect(result).toMatchObject({ exitCode: 5, out: "out\n" });
  });

  it("passes Ctrl-C on", async () => {
    const test = await setUp({ onSubmit: (id, plane) => plane.write(id, "started\n") });
    const process = test.start(["run", "--follow", "--", "a"], { nodeArguments });
    await process.says("started");
    process.interrupt();
    expect((await process.result).exitCode).toBe(130);
  });
});
