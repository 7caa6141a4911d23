import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createPgClient } from "#adapters/store/drivers/pg.ts";
import { migrateDatabase } from "#adapters/store/migrate-database.ts";
import { readMigrations } from "#adapters/store/read-migrations.ts";
import { assertSchemaCurrent } from "#adapters/store/schema-gate.ts";
import { createEmptyDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
let folder: string;

beforeEach(async () => {
  database = await createEmptyDatabase();
  folder = mkdtempSync(join(tmpdir(), "migrations-"));
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await database.drop();
});

const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
const run = () => migrateDatabase(database.url, readMigrations(folder));
const names = async () => (await run()).map((migration) => migration.name);

async function rows<T>(text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  return (await client.query(text).finally(() => client.end())).rows as T[];
}

async function gate(known: number): Promise<void> {
  const sql = createPgClient({ url: database.url, poolSize: 1, applicationName: "gate" });
  await assertSchemaCurrent(sql, known).finally(() => sql.close());
}

describe("migrate", () => {
  test("applies what is missing, once, in order", async () => {
    write("000002_second.sql", "alter table hodei.thing add column note text;");
    write(
      "000001_first.sql",
      "create table hodei.thing (id int); insert into hodei.thing values (1);",
    );
    write("schema.sql", "this is not a migration");
    expect(await names()).toEqual(["000001_first", "000002_second"]);
    expect(await names()).toEqual([]);
    write("000003_third.sql", "insert into hodei.thing values (3, 'three');");
    expect(await names()).toEqual(["000003_third"]);
    expect(await rows("select id, note from hodei.thing order by id")).toEqual([
      { id: 1, note: null },
      { id: 3, note: "three" },
    ]);
  });

  test("no files: only the ledger is made", async () => {
    expect(await names()).toEqual([]);
    expect(await rows("select * from hodei.migration")).toEqual([]);
  });

  test("a failing file leaves nothing, names itself, and may be mended", async () => {
    write("000001_broken.sql", "create table hodei.half (id int); select no_such_function();");
    await expect(run()).rejects.toThrow(/000001_broken: function no_such_function/);
    expect(await rows("select number from hodei.migration")).toEqual([]);
    write("000001_broken.sql", "create table hodei.half (id int);");
    expect(await names()).toEqual(["000001_broken"]);
  });

  test("several migrators at once: each file runs once", async () => {
    write("000001_slow.sql", "create table hodei.once (id int); select pg_sleep(0.05);");
    write("000002_row.sql", "insert into hodei.once values (1);");
    const applied = await Promise.all([run(), run(), run()]);
    const files = applied.flatMap((list) => list.map(({ name }) => name));
    expect(files.toSorted()).toEqual(["000001_slow", "000002_row"]);
    expect(await rows("select id from hodei.once")).toEqual([{ id: 1 }]);
  });

  test("an applied file must not be edited; its line ends may differ", async () => {
    write("000001_first.sql", "select 1;\nselect 2;\n");
    await run();
    write("000001_first.sql", "select 1;\r\nselect 2;\r\n");
    expect(await names()).toEqual([]);
    write("000001_first.sql", "select 1;\nselect 3;\n");
    await expect(run()).rejects.toThrow(/000001_first was edited after it was applied/);
  });

  test("a gap or a double number is refused before the database is asked", () => {
    write("000001_first.sql", "select 1;");
    write("000003_third.sql", "select 1;");
    expect(() => readMigrations(folder)).toThrow(/000003_third.sql: expected number 2/);
  });

  test("a file below one already applied is refused", async () => {
    for (const n of [1, 2, 3]) write(`00000${n}_x.sql`, "select 1;");
    await run();
    await rows("delete from hodei.migration where number = 2");
    await expect(run()).rejects.toThrow(/000002_x was never applied but 3 was/);
  });
});

describe("the schema gate", () => {
  test("passes a database at the release's own number", async () => {
    write("000001_first.sql", "select 1;");
    await run();
    await gate(1);
  });

  test("a database that is behind, or was never migrated: run npm run db:migrate", async () => {
    await expect(gate(1)).rejects.toThrow(
      "the database is at 0, this release needs 1: run npm run db:migrate",
    );
    await run();
    await expect(gate(1)).rejects.toThrow(/run npm run db:migrate/);
  });

  test("newer migrations are fine until one is breaking; then gate and runner refuse", async () => {
    write("000001_first.sql", "select 1;");
    const old = readMigrations(folder);
    write("000002_additive.sql", "select 1;\n--! breaking is only a mark in the first line");
    await run();
    await gate(1);
    write("000003_rename.sql", "--! breaking\nselect 1;");
    await run();
    await expect(gate(1)).rejects.toThrow(/000003_rename.*deploy the newer release/);
    await expect(migrateDatabase(database.url, old)).rejects.toThrow(/deploy the newer release/);
    await gate(3);
  });
});
