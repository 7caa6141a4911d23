import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from "vitest";
import { main } from "../../../cli/main.ts";

const RUN_ID = "00000001-0000-7000-8000-000000000001";

let spies: { out: MockInstance<typeof process.stdout.write>; err: MockInstance };
beforeEach(() => {
  const silent = (stream: NodeJS.WriteStream) =>
    vi.spyOn(stream, "write").mockImplementation(() => true);
  spies = { out: silent(process.stdout), err: silent(process.stderr) };
});
afterEach(() => vi.restoreAllMocks());

const written = (spy: MockInstance): string => spy.mock.calls.map(([text]) => text).join("");

describe("wrong usage", () => {
  it.each([
    [["run"]],
    [["run", "--shell", "a", "--", "b"]],
    [["run", "--priority", "high", "--", "a"]],
    [["run", "--timeout", "soon", "--", "a"]],
    [["run", "--env", "A", "--", "a"]],
    [["run", "--env", "=A", "--", "a"]],
    [["run", "--cancel-on-interrupt", "--", "a"]],
    [["run", "--nope", "--", "a"]],
    [["get"]],
    [["get", "00"]],
    [["list", "--limit", "0"]],
    [["logs", RUN_ID, "--attempt", "0"]],
    [["cancel", "not-an-id"]],
    [["list", "--server", "ftp://x"]],
    [["key"]],
    [["key", "create"]],
    [["key", "create", "--name", "a", "--expires", "soon"]],
    [["key", "create", "--name", "a", "--expires", "0"]],
    [["key", "revoke"]],
    [["key", "nonsense"]],
    [["nonsense"]],
    [["--nonsense"]],
    [["up", "--nonsense"]],
  ])("%j ends with 2 and a reason", async (args) => {
    expect(await main(args)).toBe(2);
    expect(written(spies.out)).toBe("");
    expect(written(spies.err)).not.toBe("");
    expect(written(spies.err)).not.toContain("    at ");
  });
});

describe("help", () => {
  it.each([
    [[]],
    [["--help"]],
    [["help"]],
    [["help", "run"]],
    [["logs", "--help"]],
    [["up", "--help"]],
    [["key", "--help"]],
    [["key", "create", "--help"]],
  ])("%j ends with 0", async (args) => {
    expect(await main(args)).toBe(0);
    expect(written(spies.out)).toContain("Usage: hodei");
    expect(written(spies.err)).toBe("");
  });

  it("has the version", async () => {
    expect(await main(["--version"])).toBe(0);
    expect(written(spies.out)).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
