import { afterEach, describe, expect, it, vi } from "vitest";
import type { CliTest } from "./test-cli.ts";
import { endEach, lines, setUp } from "./test-cli-set-up.ts";

vi.setConfig({ testTimeout: 30_000 }); // each test starts processes
afterEach(endEach);

async function withReport(): Promise<
  CliTest & { hodei(...words: string[]): ReturnType<CliTest["cli"]> }
> {
  const test = await setUp();
  const parameters = ["--param", "REGION", "--param", "TOKEN:secret"];
  await test.cli(["template", "create", "report", ...parameters, "--", "./report.sh"]);
  return { ...test, hodei: (...words) => test.cli(["schedule", ...words]) };
}
const CREATE = ["create", "nightly", "--template", "report", "--cron", "0 3 * * *"];
const VALUES = ["-p", "REGION=eu", "-p", "TOKEN=s3cret"];

describe("hodei schedule", () => {
  it("create, update and show say when it is due, and no secret", async () => {
    const { hodei } = await withReport();
    const flags = ["--timezone", "Europe/Madrid", "--overlap", "Forbid", "--catch-up", "600"];
    const failures = ["--max-failures", "3", "--pause-on-failure", "--description", "all of it"];
    const made = await hodei(...CREATE, ...VALUES, ...flags, ...failures);
    expect(made).toMatchObject({
      exitCode: 0,
      out: "nightly is due at 2026-01-03T02:00:00.000Z\n",
    });
    const shown = await hodei("show", "nightly");
    expect(shown.out).toMatch(/^Due +0 3 \* \* \* in Europe\/Madrid$/m);
    expect(shown.out).toMatch(/^Parameters +REGION=eu, TOKEN=\(secret\)$/m);
    expect(shown.out).toMatch(/^Overlap +Forbid$/m);
    expect(shown.out).toMatch(/^Failures +0 in a row, paused at 3$/m);
    expect(shown.out).not.toContain("s3cret");
    const changed = await hodei("update", "nightly", "--cron", "30 4 * * *", "--timezone", "UTC");
    expect(changed.out).toBe("nightly is due at 2026-01-02T04:30:00.000Z\n");
    const json = await hodei("update", "nightly", "--no-pause-on-failure", "--json");
    expect(lines(json.out)).toMatchObject([{ pauseOnFailure: false, overlap: "Forbid" }]);
    expect(await hodei("update", "nightly")).toMatchObject({ exitCode: 2 });
    expect(await hodei("update", "nightly", "--catch-up", "soon")).toMatchObject({ exitCode: 2 });
  });

  it("says every bad field", async () => {
    const { hodei } = await withReport();
    const bad = await hodei(...CREATE, "-p", "REGON=eu");
    expect(bad).toMatchObject({ exitCode: 1, out: "" });
    expect(bad.err).toContain("  parameters.REGION: is required\n");
    expect((await hodei(...CREATE, "--timezone", "Mars/X")).err).toContain("  timezone: ");
    expect((await hodei("show", "none")).err).toContain("`hodei schedule list` shows");
  });

  it("list, disable, enable and delete", async () => {
    const { hodei } = await withReport();
    expect(await hodei("list")).toMatchObject({ out: "", err: "no schedules\n" });
    await hodei(...CREATE, ...VALUES);
    expect((await hodei("disable", "nightly")).out).toBe("nightly is disabled\n");
    const list = await hodei("list", "--disabled");
    expect(list.out).toMatch(/^nightly +report +0 3 \* \* \* +UTC +disabled +- +- *$/m);
    expect((await hodei("show", "nightly")).out).toMatch(/^Because +disabled by \S+/m);
    expect(await hodei("list", "--enabled", "--template", "report")).toMatchObject({ out: "" });
    expect(await hodei("list", "--enabled", "--disabled")).toMatchObject({ exitCode: 2 });
    expect((await hodei("enable", "nightly")).out).toBe("nightly is enabled\n");
    expect(lines((await hodei("list", "--json")).out)).toMatchObject([{ name: "nightly" }]);
    expect((await hodei("delete", "nightly")).out).toBe("nightly is deleted\n");
  });

  it("trigger makes a run that says so, one of one key", async () => {
    const { hodei, cli } = await withReport();
    await hodei(...CREATE, ...VALUES);
    const first = await hodei("trigger", "nightly", "--idempotency-key", "k");
    expect(first.exitCode).toBe(0);
    const again = await hodei("trigger", "nightly", "--idempotency-key", "k");
    expect(again).toMatchObject({ out: first.out, err: expect.stringContaining("made the run") });
    const { out } = await cli(["get", first.out.trim()]);
    expect(out).toMatch(/^Schedule +nightly, triggered$/m);
    expect((await hodei("list")).out).toMatch(/ Pending *$/m);
  });

  it("upcoming and check tell times", async () => {
    const { hodei } = await withReport();
    expect(await hodei("upcoming")).toMatchObject({ out: "", err: "nothing is due\n" });
    await hodei(...CREATE, ...VALUES);
    const upcoming = await hodei("upcoming", "--limit", "2", "--template", "report");
    expect(upcoming.out.match(/^2026-01-0[34]T03:00:00.000Z .* nightly +report *$/gm)).toHaveLength(
      2,
    );
    const window = ["--from", "2026-02-01T00:00:00Z", "--to", "2026-02-02T00:00:00Z", "--json"];
    expect(lines((await hodei("upcoming", ...window)).out)).toMatchObject([
      { at: "2026-02-01T03:00:00.000Z" },
    ]);
    const good = await hodei("check", "0 3 * * *", "--timezone", "Europe/Madrid");
    expect(good.exitCode).toBe(0);
    expect(good.out.split("\n")[0]).toMatch(/^2026-01-03T02:00:00.000Z /);
    const bad = await hodei("check", "0 3 * *");
    expect(bad).toMatchObject({ exitCode: 1, err: expect.stringContaining("five fields") });
    const json = await hodei("check", "x", "--json");
    expect(lines(json.out)).toMatchObject([{ valid: false }]);
  });
});
