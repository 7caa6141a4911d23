import { afterEach, describe, expect, it, vi } from "vitest";
import { newWorker, runIdOf } from "../../support/fakes/fake-control-plane.ts";
import type { CliTest } from "./test-cli.ts";
import { endEach, lines, setUp } from "./test-cli-set-up.ts";

vi.setConfig({ testTimeout: 30_000 }); // each test starts processes
afterEach(endEach);

const submit = ({ plane }: CliTest, spec: object = {}) =>
  plane.operations.submitRun({
    spec: { command: ["true"], ...spec },
    ...{ idempotencyKey: null, submittedBy: null },
  });

describe("hodei queue", () => {
  it("says what waits, for what, and how long", async () => {
    const test = await setUp();
    expect((await test.cli(["queue"])).out).toMatch(/^Oldest {2,}-$/m);
    await submit(test, { priority: 7 });
    await submit(test);
    const { out } = await test.cli(["queue"]);
    expect(out).toMatch(/^Waiting {2,}2$/m);
    expect(out).toContain(`${runIdOf(1)} (55s)`);
    expect(out).toMatch(/^Queued +2$/m);
    expect(out).toMatch(/^7 +1$/m);
    expect(out).toMatch(/^Succeeded {2,}0 of the newest of all 2$/m);
    const [queue] = lines((await test.cli(["queue", "--json"])).out);
    expect(queue).toMatchObject({ pending: { runs: 2, due: 2 }, live: { running: 0 } });
  });

  it("says where it stopped counting", async () => {
    const test = await setUp();
    const queue = await test.plane.reader.queue();
    test.plane.reader.queue = async () => ({ ...queue, pending: 100_000, newest: 10_000 });
    const { out } = await test.cli(["queue"]);
    expect(out).toMatch(/^Waiting {2,}at least 100000$/m);
    expect(out).toMatch(/^Succeeded {2,}0 of the newest 10000$/m);
  });
});

describe("hodei scheduler", () => {
  it("shows what is configured, and changes only what is said", async () => {
    const test = await setUp();
    const cli = (...words: string[]) => test.cli(["scheduler", ...words]);
    expect((await cli("show")).out).toMatch(/^Strategy {2,}packing$/m);
    expect((await cli("set", "--strategy", "least-loaded")).exitCode).toBe(0);
    expect((await cli("set", "--pending-runs-max", "5")).out).toMatch(
      /^Waiting runs {2,}at most 5$/m,
    );
    expect(lines((await cli("get", "--json")).out)).toEqual([
      { strategy: "least-loaded", pendingRunsMax: 5, version: 2 },
    ]);
    for (const wrong of [["set"], ["set", "--pending-runs-max", "many"]])
      expect((await cli(...wrong)).exitCode).toBe(2);
    const bad = await cli("set", "--strategy", "best");
    expect(bad).toMatchObject({ exitCode: 1, out: "" });
    expect(bad.err).toContain("  strategy: must be among packing, ");
  });
});

describe("hodei run --dry-run", () => {
  it("says what would become of each run, and stores nothing", async () => {
    const test = await setUp();
    const { out } = await test.cli(["run", "--dry-run", "--", "./a.sh"]);
    expect(out).toBe("a-sh would wait: no ready worker would take it now\n");
    test.plane.workers.push(newWorker());
    const stdin = "name: one\ncommand: [a]\n---\nname: two\ncommand: [b]\n";
    const many = await test.cli(["run", "--dry-run", "-f", "-"], { stdin });
    const fate = `would go to worker ${newWorker().id}: strategy packing; fits most tightly`;
    expect(many.out).toBe(`one ${fate}\ntwo ${fate}\n`);
    const [json] = lines((await test.cli(["run", "--dry-run", "--json", "--", "x"])).out);
    expect(json).toMatchObject({ workerId: newWorker().id, spec: { name: "x" } });
    expect(test.submitted).toEqual([]);
  });

  it("refuses what a submit refuses, and what needs a run", async () => {
    const test = await setUp();
    const bad = await test.cli(["run", "--dry-run", "--cpu", "900", "--", "x"]);
    expect(bad).toMatchObject({ exitCode: 1, out: "" });
    for (const wrong of [["--follow"], ["--idempotency-key", "k"]])
      expect((await test.cli(["run", "--dry-run", ...wrong, "--", "x"])).exitCode).toBe(2);
  });
});

describe("hodei workers", () => {
  it("asks for those that pass", async () => {
    const test = await setUp();
    const words = ["--phase", "Ready", "--phase", "Busy", "--selector", "!old", "--cpu", "500m"];
    const { exitCode, err } = await test.cli(["workers", ...words, "--heard-within", "2m"]);
    expect([exitCode, err]).toEqual([0, "no workers: one is made when a run needs it\n"]);
    await test.cli(["workers", "--memory", "1Gi", "--label", "zone=a"]);
    expect(test.plane.workersAsked).toMatchObject([
      {
        ...{ phases: ["Ready", "Busy"], cpuMillisMin: 500, heardWithinMs: 120_000 },
        requirements: [{ key: "old", operator: "DoesNotExist" }],
      },
      { memoryMibMin: 1024, requirements: [{ key: "zone", operator: "In", values: ["a"] }] },
    ]);
    expect((await test.cli(["workers", "--heard-within", "soon"])).exitCode).toBe(2);
    expect((await test.cli(["workers", "--phase", "Ill"])).err).toContain("must be among Creating");
  });
});

describe("hodei list --watch", () => {
  it("has a row for each run that changed, the head once", async () => {
    const test = await setUp();
    await submit(test, { name: "one" });
    await submit(test, { name: "two" });
    const watching = test.start(["list", "-w"]);
    await watching.says("two");
    await submit(test, { name: "three" });
    await watching.says("three");
    test.plane.update(runIdOf(1), { phase: "Running" });
    await watching.says("Running");
    watching.interrupt();
    const { exitCode, out } = await watching.result;
    expect(exitCode).toBe(130);
    const rows = out.trimEnd().split("\n");
    expect(rows.map((row) => row.split(/ +/)[1])).toEqual(["NAME", "one", "two", "three", "one"]);
  });

  it("has a line of JSON for each change, those that left among them", async () => {
    const test = await setUp();
    await submit(test, { name: "one" });
    const watching = test.start(["list", "--watch", "-o", "json", "--phase", "Pending"]);
    await watching.says("one");
    test.plane.update(runIdOf(1), { phase: "Running" });
    await watching.says("left");
    await submit(test, { name: "two" });
    await watching.says("two");
    watching.interrupt();
    expect(lines((await watching.result).out)).toMatchObject([
      { type: "run", run: { id: runIdOf(1), phase: "Pending" } },
      { type: "left", id: runIdOf(1) },
      { type: "run", run: { id: runIdOf(2) } },
    ]);
  });

  it("does not go page after page; -o json is --json without a watch too", async () => {
    const test = await setUp();
    await submit(test);
    expect((await test.cli(["list", "--watch", "--all"])).exitCode).toBe(2);
    expect((await test.cli(["list", "-w", "--limit", "0"])).exitCode).toBe(2);
    expect(lines((await test.cli(["list", "-o", "json"])).out)).toMatchObject([{ id: runIdOf(1) }]);
  });
});
