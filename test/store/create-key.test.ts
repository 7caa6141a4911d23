import { execFile } from "node:child_process";
import { promisify } from "node:util";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { root } from "../support/hodei-process.ts";

describe("npm run keys:create", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.drop());
  const create = (...args: string[]) =>
    promisify(execFile)(process.execPath, ["scripts/create-key.ts", ...args], {
      cwd: root,
      env: { PATH: process.env.PATH, DATABASE_URL: database.url },
    });

  test("makes the first key of an install, for whoever has its database", async () => {
    const { stdout, stderr } = await create("--name", "operator", "--expires", "30d");
    const [, id = "", secret = ""] = stdout.trim().split("_");
    expect(stdout).toMatch(/^hodei_[0-9a-f]{16}_[0-9a-f]{64}\n$/);
    expect(stderr).toContain(id);
    expect(stderr).not.toContain(secret);
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query(
      "select id, name, scope, expires_at - created_at = interval '30 days' as month from hodei.api_key",
    );
    await client.end();
    expect(rows).toEqual([{ id, name: "operator", scope: "admin", month: true }]);
  });

  test.each([
    [["--scope", "admin"], "name: must be"],
    [["--name", "x", "--scope", "root"], "scope: must be one of"],
    [["--name", "x", "--expires", "soon"], "--expires"],
  ])("%j is refused with a reason", async (args, reason) => {
    const refused = await create(...args).catch((error: { code: number; stderr: string }) => error);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain(reason);
    expect(refused.stderr).not.toContain("    at ");
  });
});
