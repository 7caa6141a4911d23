import { readFileSync } from "node:fs";
import pg from "pg";
import { expect, test } from "vitest";
import { dumpSchema, SCHEMA_FILE } from "../../scripts/dump-schema.ts";
import { createDatabase, createEmptyDatabase } from "../support/database.ts";

test("migrations/schema.sql is what the migrations add up to (else: npm run db:dump)", async () => {
  const database = await createDatabase();
  try {
    expect(await dumpSchema(database.url)).toBe(readFileSync(SCHEMA_FILE, "utf8"));
  } finally {
    await database.drop();
  }
});

test("says every kind of thing a migration makes", async () => {
  const database = await createEmptyDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(`
    create schema s;
    create type s.colour as enum ('red', 'dark blue');
    create sequence s.numbers;
    create table s.parent (id int primary key);
    create table s.thing (
      id bigint generated always as identity primary key,
      parent int not null references s.parent (id) on delete cascade,
      tags jsonb not null default '{}', "odd Name" text unique,
      shout text generated always as (upper("odd Name")) stored, constraint tags_object check (jsonb_typeof(tags) = 'object'));
    create unique index one_red on s.thing (parent) where "odd Name" = 'red';
    comment on table s.thing is 'it''s a thing';
    comment on column s.thing.tags is 'labels';
    create function s.guard() returns trigger language plpgsql as $$ begin return new; end $$;
    create trigger guarded before update on s.thing for each row execute function s.guard();
    create view s.ids as select id from s.thing;`);
  await client.end();
  const dump = await dumpSchema(database.url);
  await database.drop();
  const table = dump.slice(dump.indexOf("create table s.thing"), dump.indexOf("create view"));
  expect(dump).toContain("create type s.colour as enum ('red', 'dark blue');");
  expect(dump).toContain("create sequence s.numbers;");
  expect(table.trim().split("\n")).toEqual([
    "create table s.thing (",
    "  id bigint generated always as identity not null,",
    "  parent integer not null,",
    "  tags jsonb default '{}'::jsonb not null,",
    '  "odd Name" text,',
    `  shout text generated always as (upper("odd Name")) stored,`,
    "  constraint thing_pkey PRIMARY KEY (id),",
    '  constraint "thing_odd Name_key" UNIQUE ("odd Name"),',
    "  constraint thing_parent_fkey FOREIGN KEY (parent) REFERENCES s.parent(id) ON DELETE CASCADE,",
    "  constraint tags_object CHECK (jsonb_typeof(tags) = 'object'::text)",
    ");",
    `CREATE UNIQUE INDEX one_red ON s.thing USING btree (parent) WHERE ("odd Name" = 'red'::text);`,
    "CREATE TRIGGER guarded BEFORE UPDATE ON s.thing FOR EACH ROW EXECUTE FUNCTION s.guard();",
    "comment on table s.thing is 'it''s a thing';",
    "comment on column s.thing.tags is 'labels';",
  ]);
  expect(dump).toContain("create view s.ids as\n SELECT id\n   FROM s.thing;");
  expect(dump).toContain("CREATE OR REPLACE FUNCTION s.guard()\n RETURNS trigger");
});
