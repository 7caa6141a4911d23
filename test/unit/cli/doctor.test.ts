import { afterEach, describe, expect, it, vi } from "vitest";
import type { CliTest } from "./test-cli.ts";
import { endEach, lines, setUp } from "./test-cli-set-up.ts";

vi.setConfig({ testTimeout: 30_000 }); // each test starts processes
afterEach(endEach);

const GUIDE = "docs/guides/troubleshooting.md#what-hodei-doctor-finds";
const doctor = async (test: CliTest) => {
  const { exitCode, out } = await test.cli(["doctor", "--json"]);
  const findings = lines(out) as { health: string; part: string; message: string; next: string }[];
  return { exitCode, of: new Map(findings.map((one) => [one.part, one])) };
};

describe("hodei doctor", () => {
  it("says that all is well, line by line", async () => {
    const test = await setUp();
    const { exitCode, out } = await test.cli(["doctor"]);
    expect(exitCode).toBe(0);
    const parts = ["api", "key", "schema", "gateways", "tick", "invariants", "clocks"];
    const heads = out
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/ +/).slice(0, 2));
    expect(heads).toEqual([...parts, "machines", "queue"].map((part) => ["ok", part]));
    expect(out).toContain("allows admin");
  });

  it("fails for what is broken, and says where to read on", async () => {
    const test = await setUp();
    const { seen } = test.invariants;
    const first = [{ id: "run", detail: "fence 2" }];
    seen.survey = {
      ...seen.survey,
      found: [{ invariant: "fence-is-newest-attempt", violations: 1, first }],
    };
    const { exitCode, of } = await doctor(test);
    expect(exitCode).toBe(1);
    expect(of.get("invariants")).toEqual({
      ...{ health: "fail", part: "invariants", next: GUIDE },
      message: "fence-is-newest-attempt is broken once, such as run (fence 2)",
    });
    expect(of.get("clocks")?.health).toBe("ok");
  });

  it("misses gateways and ticks only where something needs them", async () => {
    const test = await setUp();
    const { seen } = test.invariants;
    seen.platform = { ...seen.platform, gateways: [], sweptAt: null };
    const asleep = await doctor(test);
    expect([asleep.exitCode, asleep.of.get("tick")?.health]).toEqual([0, "ok"]);
    await test.plane.operations.submitRun({
      ...{ spec: { command: ["true"] }, idempotencyKey: null, submittedBy: null },
    });
    const { exitCode, of } = await doctor(test);
    expect(exitCode).toBe(1);
    for (const part of ["gateways", "tick"]) expect(of.get(part)?.health).toBe("fail");
  });

  it("does not call a stage asleep whose runs wait for their time", async () => {
    const test = await setUp();
    const { seen } = test.invariants;
    seen.platform = { ...seen.platform, gateways: [], sweptAt: null };
    const startAfter = new Date(Date.now() + 3_600_000).toISOString();
    await test.plane.operations.submitRun({
      ...{ spec: { command: ["true"], startAfter }, idempotencyKey: null, submittedBy: null },
    });
    expect((await doctor(test)).of.get("tick")?.health).toBe("fail");
  });

  it("warns of a run that has been due for long, not of one that was put off for long", async () => {
    const test = await setUp();
    const queue = await test.plane.reader.queue();
    const waited = (ms: number) => ({ id: "run", createdAt: 0, dueAt: queue.at - ms });
    const seen = async (ms: number) => {
      test.plane.reader.queue = async () => ({ ...queue, due: 1, oldest: waited(ms) });
      return (await doctor(test)).of.get("queue");
    };
    expect(await seen(60_000)).toMatchObject({
      health: "ok",
      message: expect.stringMatching(/1m/),
    });
    expect(await seen(11 * 60_000)).toMatchObject({ health: "warn", next: GUIDE });
  });

  it("warns of launches that fail and of a schema that is ahead, and exits with 0", async () => {
    const test = await setUp();
    const { seen } = test.invariants;
    const launchFailures = { workers: 3, message: "capacity is unavailable" };
    seen.platform = { ...seen.platform, launchFailures, schemaVersion: 999 };
    const { exitCode, of } = await doctor(test);
    expect(exitCode).toBe(0);
    expect(of.get("machines")?.message).toBe("3 cannot be launched: capacity is unavailable");
    expect(of.get("schema")?.health).toBe("warn");
  });

  it("says that nobody answers, and that a key is none", async () => {
    const test = await setUp();
    const bad = await test.cli(["doctor"], { env: { HODEI_API_KEY: "nonsense" } });
    expect(bad).toMatchObject({ exitCode: 1, out: expect.stringMatching(/^fail +key /) });
    await test.stopServer();
    const gone = await test.cli(["doctor"]);
    expect(gone).toMatchObject({ exitCode: 1, out: expect.stringMatching(/^fail +api /) });
  });
});
