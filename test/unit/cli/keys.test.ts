import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { findApiKey } from "../../../cli/find-api-key.ts";
import { keyText } from "../../support/fakes/memory-keys.ts";
import { endEach, lines, setUp } from "./test-cli-set-up.ts";

vi.setConfig({ testTimeout: 30_000 }); // each test starts processes
afterEach(endEach);

const KEY = /^hodei_[0-9a-f]{16}_[0-9a-f]{64}$/;

describe("hodei key", () => {
  it("makes a key that is shown once, works, and ends when it is revoked", async () => {
    const test = await setUp();
    const args = ["key", "create", "--name", "ci", "--scope", "read", "--expires", "90d"];
    const created = await test.cli(args);
    const key = created.out.trim();
    expect(key).toMatch(KEY);
    const [, id = "", secret = ""] = key.split("_");
    expect(created.err).toContain(`key ${id}`);
    expect(created.err).not.toContain(secret);
    const env = { HODEI_API_KEY: key };
    expect(await test.cli(["list"], { env })).toMatchObject({ exitCode: 0 });

    const table = await test.cli(["key", "list"]);
    expect(table.out).toMatch(/^ID +NAME +SCOPE +STATE +USED +AGE +EXPIRES +BY\n/);
    expect(table.out).toMatch(new RegExp(`^${id} +ci +read +valid .* admin \\(0{15}1\\)$`, "m"));
    expect(table.out).not.toContain(secret);
    expect(lines((await test.cli(["key", "ls", "--json"])).out)).toMatchObject([
      { id, name: "ci", scope: "read", revokedAt: null },
      { name: "admin", createdBy: null },
    ]);

    expect(await test.cli(["key", "revoke", id])).toMatchObject({
      ...{ exitCode: 0, out: `${id} is revoked\n` },
    });
    expect((await test.cli(["key", "list"])).out).toMatch(new RegExp(`^${id} .*revoked`, "m"));
  });

  it("makes a key for submitting unless told otherwise, that never expires", async () => {
    const test = await setUp();
    const [created] = lines((await test.cli(["key", "create", "--name", "x", "--json"])).out);
    expect(created).toMatchObject({ name: "x", scope: "submit", expiresAt: null });
    expect((created as { key: string }).key).toMatch(KEY);
  });

  it("is refused without the scope admin, and says what helps", async () => {
    const test = await setUp();
    const env = { HODEI_API_KEY: test.keys.add("submit") };
    const refused = await test.cli(["key", "list"], { env });
    expect(refused).toMatchObject({ exitCode: 1, out: "" });
    expect(refused.err).toMatch(/does not allow this\n.*larger scope/);
  });

  it.each([
    [
      ["key", "create", "--name", "x", "--scope", "root"],
      /scope: must be one of read, submit, admin/,
    ],
    [["key", "create", "--name", " "], /name: must be 1 to 63/],
    [["key", "revoke", "nonsense"], /id: must be the 16 hex digits/],
    [["key", "revoke", "../../runs"], /id: must be the 16 hex digits/],
    [["key", "revoke", "00000000000000ff"], /no API key 00000000000000ff\n.*hodei key list/],
  ])("%j is refused with a reason", async (args, reason) => {
    const test = await setUp();
    const refused = await test.cli(args);
    expect(refused).toMatchObject({ exitCode: 1, out: "" });
    expect(refused.err).toMatch(reason);
  });

  it("does not ask twice for a key whose answer was lost: it would be another key", async () => {
    let asked = 0;
    const test = await setUp({
      onAnswer: () => {
        asked += 1;
        throw new Error("cut");
      },
    });
    expect((await test.cli(["key", "create", "--name", "x"])).exitCode).toBe(1);
    expect(asked).toBe(1);
  });
});

describe("the key to call with", () => {
  const directory = mkdtempSync(join(tmpdir(), "hodei-find-key-"));
  afterEach(() => rmSync(join(directory, ".hodei"), { recursive: true, force: true }));
  const write = (name: string, text: string): void => {
    mkdirSync(join(directory, ".hodei"), { recursive: true });
    writeFileSync(join(directory, ".hodei", name), text);
  };
  const find = (address: string, environment: Record<string, string> = {}) =>
    findApiKey(new URL(address), { environment, directory });
  const local = "http://127.0.0.1:4000";

  it("is the environment's, else that of local mode, else none", () => {
    expect(find(local)).toBeNull();
    write("local.json", JSON.stringify({ url: local }));
    expect(find(local)).toBeNull();
    write("api-key", `${keyText(1)}\n`);
    expect(find(`${local}/`)).toBe(keyText(1));
    expect(find(local, { HODEI_API_KEY: "mine" })).toBe("mine");
  });

  it("of local mode goes to local mode and nowhere else", () => {
    write("local.json", JSON.stringify({ url: local }));
    write("api-key", keyText(1));
    for (const other of [
      "http://127.0.0.1:4001",
      "https://127.0.0.1:4000",
      "http://localhost:4000",
    ])
      expect(find(other)).toBeNull();
  });

  it.each(["", "-----BEGIN PRIVATE KEY-----", `${keyText(1)} and more`])(
    "is not %j, though it lies where a key should",
    (text) => {
      write("local.json", JSON.stringify({ url: local }));
      write("api-key", text);
      expect(find(local)).toBeNull();
    },
  );
});
