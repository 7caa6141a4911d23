/**
 * What every driver of the store's seam must do, against a real Postgres. The limits of rows and
 * results differ (the Data API refuses what node-postgres carries): the setup says how.
 */
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { defineStatement, type SqlClient, SqlError } from "#adapters/store/sql-client.ts";
import { createEmptyDatabase, type TestDatabase } from "../support/database.ts";

export interface SqlClientSetup {
  /** A client of its own, with more than one connection. */
  connect(): SqlClient;
  /** null = none below Postgres' own. */
  readonly limits: { rowBytes: number; resultBytes: number } | null;
  close(): Promise<void>;
}

const SCHEMA = `
  create table item (
    id int primary key, version int not null default 1, holder text,
    constraint version_positive check (version > 0)
  );
  create table part (item_id int constraint part_of_item references item (id));
  create sequence tries;
  create function refuse() returns trigger language plpgsql as $$
  begin
    raise exception 'never again: constraint "item_forever" refuses' using errcode = '23514', constraint = 'item_forever';
  end $$;
  create trigger forever before delete on item for each row execute function refuse();
  -- Two locks in one statement, the second after the first; nextval survives a rollback.
  create function lock_both(first int, second int) returns jsonb language plpgsql as $$
  begin
    perform nextval('tries');
    update item set version = version + 1 where id = first;
    update item set version = version + 1 where id = second;
    return to_jsonb(true);
  end $$;`;

const statements = {
  values: defineStatement(
    "exam_values",
    `select jsonb_build_object('text', :text::text, 'integer', :integer::bigint,
       'double', :double::double precision, 'boolean', :boolean::boolean, 'json', :json::jsonb) as doc`,
  ),
  text: defineStatement("exam_text", "select to_jsonb(:text::text) as doc"),
  json: defineStatement("exam_json", "select :json::jsonb as doc"),
  twice: defineStatement("exam_twice", "select to_jsonb(:n::int + :n::int) as doc"),
  nothing: defineStatement("exam_nothing", "select to_jsonb(1) as doc where false"),
  insert: defineStatement(
    "exam_insert",
    "insert into item (id, version) values (:id::int, :version::int)",
  ),
  insertPart: defineStatement("exam_insert_part", "insert into part values (:id::int)"),
  remove: defineStatement("exam_remove", "delete from item where id = :id::int"),
  filler: defineStatement(
    "exam_filler",
    "select to_jsonb(repeat('x', :bytes::int)) as doc from generate_series(1, :rows::int)",
  ),
  raise: defineStatement(
    "exam_raise",
    `update item set version = version + 1 where id = :id::int and version = :version::int
     returning to_jsonb(version) as doc`,
  ),
  both: defineStatement("exam_both", "select lock_both(:first::int, :second::int) as doc"),
  claim: defineStatement(
    "exam_claim",
    `update item set holder = :holder::text where id in (
       select id from item where holder is null order by id limit 3 for update skip locked)
     returning to_jsonb(id) as doc`,
  ),
};

/** What the parts of the exam work with, one database for all of them. */
interface Room {
  readonly subject: SqlClientSetup;
  readonly sql: SqlClient;
  /** Stands beside the subject: holds locks, kills connections, looks. */
  readonly admin: pg.Client;
}

export function sqlClientExam(name: string, setup: (url: string) => Promise<SqlClientSetup>): void {
  describe(`${name} as SqlClient`, () => {
    const room = {} as { -readonly [Part in keyof Room]: Room[Part] };
    let database: TestDatabase;

    beforeAll(async () => {
      database = await createEmptyDatabase();
      room.admin = new pg.Client({ connectionString: database.url });
      await room.admin.connect();
      await room.admin.query(SCHEMA);
      room.subject = await setup(database.url);
      room.sql = room.subject.connect();
    });
    afterAll(async () => {
      await room.sql.close();
      await room.subject.close();
      await room.admin.end();
      await database.drop();
    });
    beforeEach(async () => {
      await room.admin.query(
        "truncate item, part; insert into item (id) select generate_series(1, 20)",
      );
    });

    describe("values", () => values(room));
    describe("refusals", () => refusals(room));
    describe("sizes", () => sizes(room));
    describe("lost connections", () => lostConnections(room));
    describe("contention", () => contention(room));
  });
}

/** The process number of a statement that waits for a lock which `admin` holds. */
const waiting = (room: Room): Promise<number> =>
  vi.waitFor(async () => {
    const { rows } = await room.admin.query<{ pid: number }>(
      `select pid from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`,
    );
    expect(rows).toHaveLength(1);
    return rows[0]?.pid as number;
  });

const version = async (room: Room, id: number): Promise<number> =>
  (await room.admin.query("select version from item where id = $1", [id])).rows[0]?.version;

const failure = (promise: Promise<unknown>): Promise<SqlError> =>
  promise.then(
    () => expect.unreachable("it must fail"),
    (error) => {
      expect(error).toBeInstanceOf(SqlError);
      return error;
    },
  );

function values(room: Room): void {
  test("arrive as they were sent", async () => {
    const sent = { text: "x", integer: 2 ** 53 - 1, double: -1.5e-7, boolean: true };
    const json = { a: [1, { b: null }], ñ: "'\":;--" };
    const [doc] = await room.sql.query(statements.values, { ...sent, json: JSON.stringify(json) });
    expect(doc).toEqual({ ...sent, json });
  });

  test.each([
    ["beyond 32 bits", { integer: 2 ** 31 + 1 }],
    ["negative", { integer: -(2 ** 40) }],
    ["a whole number for a double", { double: 3 }],
    ["a large double", { double: 1.25e300 }],
    ["zero", { integer: 0, double: 0, boolean: false, text: "" }],
    ["null", { text: null, integer: null, double: null, boolean: null }],
  ])("%s", async (_, sent) => {
    const all = { text: "t", integer: 1, double: 0.5, boolean: true, ...sent };
    const [doc] = await room.sql.query(statements.values, { ...all, json: null });
    expect(doc).toEqual({ ...all, json: null });
  });

  test.each([
    "quotes ' '' \" and \\ backslash",
    "colons :name ::int $1 $$ and ; -- /* comment",
    "ñ, 日本語, 👩‍🚀, \u2028 and \u00a0",
    "line\nbreak\ttab\r",
    " spaces ",
    "null",
    "{}",
  ])("the text %j", async (text) => {
    expect(await room.sql.query(statements.text, { text })).toEqual([text]);
  });

  test.each([
    ["an object", { deep: { deeper: [[], [{ n: 0.1 }]] } }],
    ["an array", [1, "two", null, false]],
    ["a string", "text"],
    ["a number", 12.5],
    ["a boolean", false],
    ["json null", null],
  ])("%s as the document itself", async (_, json) => {
    expect(await room.sql.query(statements.json, { json: JSON.stringify(json) })).toEqual([json]);
  });

  test("SQL null is null", async () => {
    expect(await room.sql.query(statements.json, { json: null })).toEqual([null]);
  });

  test("a parameter may be used twice", async () => {
    expect(await room.sql.query(statements.twice, { n: 21 })).toEqual([42]);
  });

  test("no rows, and a statement that returns none", async () => {
    expect(await room.sql.query(statements.nothing)).toEqual([]);
    expect(await room.sql.query(statements.insert, { id: 100, version: 1 })).toEqual([]);
    expect(await version(room, 100)).toBe(1);
  });

  test("a forgotten parameter or an unsayable number is a defect, before anything is sent", async () => {
    expect(await failure(room.sql.query(statements.twice, {}))).toMatchObject({ kind: "defect" });
    const infinite = room.sql.query(statements.twice, { n: Number.POSITIVE_INFINITY });
    expect(await failure(infinite)).toMatchObject({ kind: "defect" });
  });
}

function refusals(room: Room): void {
  const constraint = (sqlState: string, constraint: string | null) => ({
    kind: "constraint",
    sqlState,
    constraint,
  });

  test("a unique constraint, by its name", async () => {
    const error = await failure(room.sql.query(statements.insert, { id: 1, version: 1 }));
    expect(error).toMatchObject(constraint("23505", "item_pkey"));
  });
  test("a check", async () => {
    const error = await failure(room.sql.query(statements.insert, { id: 200, version: 0 }));
    expect(error).toMatchObject(constraint("23514", "version_positive"));
    expect(error.message).not.toContain("200"); // no row data in messages
  });
  test("a foreign key", async () => {
    const error = await failure(room.sql.query(statements.insertPart, { id: 999 }));
    expect(error).toMatchObject(constraint("23503", "part_of_item"));
  });
  test("not null, which Postgres does not name", async () => {
    const error = await failure(room.sql.query(statements.insert, { id: 201, version: null }));
    expect(error).toMatchObject(constraint("23502", null));
  });
  test("a guard trigger that raises with a constraint", async () => {
    const error = await failure(room.sql.query(statements.remove, { id: 1 }));
    expect(error).toMatchObject(constraint("23514", "item_forever"));
    expect(error.message).toContain("never again");
  });

  test.each([
    ["wrong syntax", "selec 1", "42601"],
    ["an unknown table", "select to_jsonb(1) as doc from nowhere", "42P01"],
    ["a division by zero", "select to_jsonb(1 / 0) as doc", "22012"],
    ["a second statement", "select to_jsonb(1) as doc; select to_jsonb(2) as doc", undefined],
    ["an answer that is not json", "select 'plain' as doc", undefined],
    ["an answer that is a bare number", "select 1 as doc", undefined],
    ["two columns", "select to_jsonb(1) as doc, to_jsonb(2) as more", undefined],
  ])("%s is a defect", async (what, text, sqlState) => {
    const statement = defineStatement(`exam_defect_${what.replaceAll(" ", "_")}`, text);
    const error = await failure(room.sql.query(statement));
    expect(error.kind).toBe("defect");
    if (sqlState) expect(error.sqlState).toBe(sqlState);
  });

  test("a client that was refused goes on", async () => {
    await failure(room.sql.query(statements.insert, { id: 1, version: 1 }));
    expect(await room.sql.query(statements.twice, { n: 1 })).toEqual([2]);
  });
}

function sizes(room: Room): void {
  test("a row just under 64 KB and a result just under 1 MiB pass every driver", async () => {
    expect(await room.sql.query(statements.filler, { bytes: 64_000, rows: 1 })).toHaveLength(1);
    expect(await room.sql.query(statements.filler, { bytes: 10_000, rows: 100 })).toHaveLength(100);
  });

  test("beyond its own limits a driver says too-large; without limits it delivers", async () => {
    const bigRow = room.sql.query<string>(statements.filler, { bytes: 70_000, rows: 1 });
    const bigResult = room.sql.query(statements.filler, { bytes: 10_000, rows: 110 });
    if (room.subject.limits === null) {
      expect((await bigRow)[0]).toHaveLength(70_000);
      expect(await bigResult).toHaveLength(110);
    } else {
      expect(await failure(bigRow)).toMatchObject({ kind: "too-large" });
      expect(await failure(bigResult)).toMatchObject({ kind: "too-large" });
    }
  });

  test("a large document goes in", async () => {
    const text = "é".repeat(100_000);
    const length = defineStatement("exam_length", "select to_jsonb(length(:text::text)) as doc");
    expect(await room.sql.query(length, { text })).toEqual([100_000]);
  });
}

function lostConnections(room: Room): void {
  test("a connection killed in mid-flight: the statement is sent again", async () => {
    await room.admin.query("begin; update item set holder = 'admin' where id = 1");
    const answer = room.sql.query(statements.raise, { id: 1, version: 1 });
    await room.admin.query("select pg_terminate_backend($1)", [await waiting(room)]);
    await room.admin.query("commit");
    expect(await answer).toEqual([2]);
    expect(await version(room, 1)).toBe(2);
  });

  test("every idle connection killed: nobody notices", async () => {
    await Promise.all([1, 2, 3].map((n) => room.sql.query(statements.twice, { n })));
    await room.admin.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`);
    const answers = await Promise.all(
      [1, 2, 3].map((n) => room.sql.query(statements.twice, { n })),
    );
    expect(answers).toEqual([[2], [4], [6]]);
  });

  test("close may be called twice", async () => {
    const client = room.subject.connect();
    await client.query(statements.twice, { n: 1 });
    await client.close();
    await client.close();
  });
}

function contention(room: Room): void {
  test("the victim of a deadlock is sent again", async () => {
    await room.admin.query("alter sequence tries restart");
    // Whoever waits `deadlock_timeout` first looks for a cycle, finds it, and gives way.
    await room.admin.query("set deadlock_timeout = '60s'");
    await room.admin.query("begin; update item set holder = 'admin' where id = 2");
    const answer = room.sql.query(statements.both, { first: 1, second: 2 });
    await waiting(room);
    await room.admin.query("update item set holder = 'admin' where id = 1");
    await room.admin.query("commit");
    expect(await answer).toEqual([true]);
    expect([await version(room, 1), await version(room, 2)]).toEqual([2, 2]);
    expect((await room.admin.query("select last_value from tries")).rows[0]?.last_value).toBe("2");
  });

  test("a second writer waits, then compares with what the first left", async () => {
    await room.admin.query("begin; update item set version = 2 where id = 1");
    const answer = room.sql.query(statements.raise, { id: 1, version: 1 });
    await waiting(room);
    await room.admin.query("commit");
    expect(await answer).toEqual([]); // stale
    expect(await version(room, 1)).toBe(2);
  });

  test("claimers that skip locked rows never share one", async () => {
    const other = room.subject.connect();
    const claimAll = async (client: SqlClient, holder: string) => {
      const mine: number[] = [];
      for (;;) {
        const ids = await client.query<number>(statements.claim, { holder });
        if (ids.length === 0) return mine;
        mine.push(...ids);
      }
    };
    try {
      const claims = [
        claimAll(room.sql, "a"),
        claimAll(room.sql, "b"),
        claimAll(other, "c"),
        claimAll(other, "d"),
      ];
      const ids = (await Promise.all(claims)).flat().sort((x, y) => x - y);
      expect(ids).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    } finally {
      await other.close();
    }
  });
}
