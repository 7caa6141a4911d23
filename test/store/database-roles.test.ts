import pg from "pg";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { makeRoles, scramVerifier } from "#adapters/store/database-roles.ts";
import { createPgClient } from "#adapters/store/drivers/pg.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase();
});
afterEach(() => database.drop());

const { functions, gateway, fence, password } = inject("databaseRoles");

/** Runs one statement as this role; the stores' exams show that all of theirs are allowed. */
async function as(role: string, text: string): Promise<unknown[]> {
  const url = new URL(database.url);
  Object.assign(url, { username: role, password });
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  return (await client.query(text).finally(() => client.end())).rows;
}

describe.each([functions, gateway])("the role %s", (role) => {
  test.each([
    "create table hodei.mine (id int)",
    "create schema mine",
    "alter table hodei.run add column mine int",
    "drop table hodei.run",
    "truncate hodei.run",
    "alter table hodei.run disable trigger all",
    "update hodei.migration set breaking = false",
    "delete from hodei.migration",
    `select hodei.apply_migration('{"text": "select 1"}')`,
    "create role mine",
    "alter role current_user superuser",
  ])("may not: %s", async (text) => {
    await expect(as(role, text)).rejects.toThrow(/permission denied|must be owner/);
  });

  test("reads which migrations were applied", async () => {
    expect((await as(role, "select number from hodei.migration")).length).toBeGreaterThan(9);
  });
});

test("a right that is not ours to give is gone after the next deployment; nothing else changes", async () => {
  const sql = createPgClient({ url: database.url, poolSize: 1, applicationName: "roles" });
  const roles = { functions, gateway, fence };
  const admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  await admin.query(`grant insert on hodei.migration to ${gateway}`);
  await makeRoles(sql, password, roles).finally(() => sql.close());
  const { rows } = await admin.query(
    `select has_table_privilege($1, 'hodei.migration', 'insert') as inserts,
            has_table_privilege($1, 'hodei.run', 'insert') as submits`,
    [gateway],
  );
  await admin.end();
  expect(rows).toEqual([{ inserts: false, submits: true }]);
});

test("the sessions of the functions' role have the settings of the other driver", async () => {
  expect(await as(functions, "show plan_cache_mode")).toEqual([
    { plan_cache_mode: "force_generic_plan" },
  ]);
});

test("what verifies a password is what RFC 7677 says, and not the password", async () => {
  const salt = Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64");
  expect(scramVerifier("pencil", salt)).toBe(
    "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$" +
      "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
  );
});
