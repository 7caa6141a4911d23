import { afterEach, describe, expect, it, vi } from "vitest";
import { runIdOf } from "../../support/fakes/fake-control-plane.ts";
import { endEach, lines, setUp } from "./test-cli-set-up.ts";

vi.setConfig({ testTimeout: 30_000 }); // each test starts processes
afterEach(endEach);

const FILE = "{name: lab, kind: docker, tags: [a], config: {socketPath: /var/run/docker.sock}}";

async function withLab() {
  const test = await setUp();
  const words = ["provider", "create", "-f", "-", "--max-workers", "3", "--metadata", "room=2"];
  expect(await test.cli(words, { stdin: FILE })).toMatchObject({
    ...{ exitCode: 0, out: "lab is Active\n", err: "" },
  });
  const cli = (...args: string[]) => test.cli(["provider", ...args]);
  return { ...test, cli };
}

describe("hodei provider", () => {
  it("create and get: the options over the file", async () => {
    const { cli } = await withLab();
    const [lab] = lines((await cli("get", "lab", "--json")).out);
    expect(lab).toMatchObject({
      ...{ name: "lab", kind: "docker", maxWorkers: 3, tags: ["a"], metadata: { room: "2" } },
      config: { socketPath: "/var/run/docker.sock" },
    });
    const { out } = await cli("get", runIdOf(0x901));
    expect(out).toMatch(/^Provider {2,}lab$/m);
    expect(out).toMatch(/^Launches {2,}nothing$/m);
    expect(out).toMatch(/^Workers {2,}0\/3$/m);
    expect(out).toMatch(/^Metadata {2,}room=2$/m);
    expect(out).not.toMatch(/^(Region|Regions|Labels|Capabilities)/m);
    const twice = await cli("create", "lab", "--kind", "docker");
    expect(twice).toMatchObject({ exitCode: 1, out: "" });
    expect(twice.err).toContain("another provider is named lab");
    const bad = await cli("create", "shed", "--kind", "vm");
    expect(bad.err).toContain("  kind: must be one of docker, ");
  });

  it("list, as a table, filtered, and as JSON", async () => {
    const { cli } = await withLab();
    expect((await cli("list")).out).toMatch(/^ecs +fargate +Active +2\/4 +0 /m);
    expect(lines((await cli("ls", "--kind", "docker", "--json")).out)).toHaveLength(1);
    await cli("disable", "lab");
    expect((await cli("list", "--capacity")).out).not.toContain("lab");
    expect((await cli("list", "--status", "Disabled")).out).toContain("lab");
    expect((await cli("list", "--status", "Degraded")).err).toBe("no providers\n");
  });

  it("update changes what is said", async () => {
    const { cli } = await withLab();
    const words = ["--priority", "-2", "--status", "Degraded", "--tag", "b", "--rename", "yard"];
    expect((await cli("update", "lab", ...words)).out).toBe("yard is Degraded\n");
    expect(lines((await cli("get", "yard", "--json")).out)).toMatchObject([
      { priority: -2, maxWorkers: 3, tags: ["b"], metadata: { room: "2" } },
    ]);
    for (const wrong of [[], ["--priority", "high"]])
      expect((await cli("update", "yard", ...wrong)).exitCode).toBe(2);
    const own = await cli("update", "ecs", "--max-workers", "9");
    expect(own).toMatchObject({ exitCode: 1, out: "" });
  });

  it("enable, disable, delete and stats", async () => {
    const { cli } = await withLab();
    expect((await cli("disable", "ecs")).out).toBe("ecs is Disabled\n");
    expect((await cli("stats")).out).toMatch(/^Active {2,}1$/m);
    expect(lines((await cli("enable", "ecs", "--json")).out)).toMatchObject([{ status: "Active" }]);
    expect((await cli("delete", "lab")).out).toBe("lab is deleted\n");
    const gone = await cli("delete", "lab");
    expect(gone).toMatchObject({ exitCode: 1, out: "" });
    expect(gone.err).toContain("provider lab does not exist");
    const stats = lines((await cli("stats", "--json")).out);
    expect(stats).toMatchObject([{ total: 1, maxWorkers: 4, utilizationPercent: 50 }]);
  });
});
