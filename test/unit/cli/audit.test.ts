import { afterEach, describe, expect, it, vi } from "vitest";
import { EPOCH_MS } from "../../support/fakes/fake-control-plane.ts";
import { endEach, lines, setUp } from "./test-cli-set-up.ts";

vi.setConfig({ testTimeout: 30_000 }); // each test starts processes
afterEach(endEach);

async function recorded() {
  const test = await setUp();
  test.audit.entries.push(
    {
      ...{ id: "2", at: EPOCH_MS + 1000, type: "RunSubmitted", actor: "local" },
      ...{ subject: "run-1", payload: { name: "nightly" } },
    },
    {
      ...{ id: "1", at: EPOCH_MS, type: "ApiKeyCreated", actor: "ana (1)" },
      ...{ subject: "key-1", payload: { name: "ci", expiresAt: 5 } },
    },
  );
  return test;
}

describe("hodei audit", () => {
  it("shows who did what", async () => {
    const { cli } = await recorded();
    const { out, exitCode } = await cli(["audit"]);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^AT +TYPE +ACTOR +OF +WHAT\n/);
    expect(out).toMatch(/RunSubmitted +local +run-1 +name=nightly\n.*ApiKeyCreated +ana \(1\)/);
    expect(out).toMatch(/name=ci expiresAt=5/);
  });

  it("asks for what is named", async () => {
    const { cli } = await recorded();
    const ids = async (...args: string[]) =>
      lines((await cli(["audit", "--json", ...args])).out).map(
        (line) => (line as { id: string }).id,
      );
    expect(await ids("--type", "ApiKeyCreated")).toEqual(["1"]);
    expect(await ids("--actor", "local")).toEqual(["2"]);
    expect(await ids("--until", new Date(EPOCH_MS + 1).toISOString())).toEqual(["1"]);
    expect(await ids("--limit", "1", "--offset", "1")).toEqual(["1"]);
    expect(await ids("--of", "run-1")).toEqual(["2"]);
  });

  it("counts, and says when there is nothing", async () => {
    const { cli } = await recorded();
    expect((await cli(["audit", "--counts"])).out).toMatch(/^RunSubmitted +1$/m);
    const future = ["--since", "9999-01-01T00:00:00Z"];
    expect(await cli(["audit", ...future])).toMatchObject({ exitCode: 0, out: "" });
    expect((await cli(["audit", "--counts", ...future])).err).toContain("nothing is recorded");
  });

  it("says what is wrong", async () => {
    const { cli, keys } = await recorded();
    expect((await cli(["audit", "--type", "Nonsense"])).err).toContain("type: must be one of");
    expect(await cli(["audit", "--offset", "x"])).toMatchObject({ exitCode: 2 });
    expect((await cli(["audit", "--since", "soon"])).err).toContain("from: must be an instant");
    const env = { HODEI_API_KEY: keys.add("submit") };
    expect((await cli(["audit"], { env })).err).toContain("does not allow this");
  });
});
