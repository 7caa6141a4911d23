import {
  DatabaseErrorException,
  ExecuteStatementCommand,
  type SqlParameter,
} from "@aws-sdk/client-rds-data";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openDataApi, targetOf } from "./data-api-fixture.ts";

let room: Awaited<ReturnType<typeof openDataApi>>;

beforeAll(async () => {
  room = await openDataApi();
});
afterAll(() => room.close());
beforeEach(() => room.admin.query("truncate thing"));

describe("values out", () => {
  test.each([
    ["1", { longValue: 1 }],
    ["3000000000::bigint", { longValue: 3_000_000_000 }],
    ["true", { booleanValue: true }],
    ["null::text", { isNull: true }],
    ["1.5::float8", { doubleValue: 1.5 }],
    ["12.50::numeric", { stringValue: "12.50" }],
    ["'x'", { stringValue: "x" }],
    ["'{\"a\": 1}'::jsonb", { stringValue: '{"a": 1}' }],
    ["timestamptz '2026-01-02 03:04:05.678+00'", { stringValue: "2026-01-02 03:04:05.678" }],
    ["date '2026-01-02'", { stringValue: "2026-01-02" }],
    [
      "array['a', 'b c', null, '\"q\",{}']",
      { arrayValue: { stringValues: ["a", "b c", null, '"q",{}'] } },
    ],
    ["array[1, 2]::bigint[]", { arrayValue: { longValues: [1, 2] } }],
    [
      "array[[1], [2]]",
      { arrayValue: { arrayValues: [{ longValues: [1] }, { longValues: [2] }] } },
    ],
    ["array[true, false]", { arrayValue: { booleanValues: [true, false] } }],
    ["array[]::text[]", { arrayValue: { stringValues: [] } }],
  ])("%s", async (expression, field) => {
    expect(await room.records(`select ${expression}`)).toEqual([[field]]);
  });

  test("bytes", async () => {
    const bytes = new Uint8Array([0, 1, 255]);
    const [[field] = []] =
      (await room.records("select :b::bytea", [{ name: "b", value: { blobValue: bytes } }])) ?? [];
    expect([...(field?.blobValue ?? [])]).toEqual([0, 1, 255]);
  });

  test("result options, metadata, and records as JSON", async () => {
    const { records: rows, columnMetadata } = await room.execute(
      "select 7::bigint as id, 1.5::numeric as n",
      [],
      {
        includeResultMetadata: true,
        resultSetOptions: { longReturnType: "STRING", decimalReturnType: "DOUBLE_OR_LONG" },
      },
    );
    expect(rows).toEqual([[{ stringValue: "7" }, { doubleValue: 1.5 }]]);
    expect(columnMetadata?.map(({ name, typeName }) => `${name} ${typeName}`)).toEqual([
      "id int8",
      "n numeric",
    ]);
    const json = await room.execute("select 1 as a, null as b, 'x' as c", [], {
      formatRecordsAs: "JSON",
    });
    expect(json.records).toBeUndefined();
    expect(JSON.parse(json.formattedRecords ?? "")).toEqual([{ a: 1, b: null, c: "x" }]);
  });
});

describe("parameters", () => {
  const long = (name: string, longValue: number): SqlParameter => ({ name, value: { longValue } });
  const text = (name: string, stringValue: string): SqlParameter => ({
    name,
    value: { stringValue },
  });

  test("hints cast, and writes are counted", async () => {
    const answer = await room.execute(
      "insert into thing (id, u, j, ts, d, n, ok, t) values (:id, :u, :j, :ts, :d, :n, :ok, :t)",
      [
        long("id", Number.MAX_SAFE_INTEGER),
        { ...text("u", "0190b7a0-3c4e-7b1a-9d2f-1234567890ab"), typeHint: "UUID" },
        { ...text("j", '{"a": [1]}'), typeHint: "JSON" },
        { ...text("ts", "2026-01-02 03:04:05.678"), typeHint: "TIMESTAMP" },
        { ...text("d", "2026-01-02"), typeHint: "DATE" },
        { ...text("n", "12.50"), typeHint: "DECIMAL" },
        { name: "ok", value: { booleanValue: true } },
        { name: "t", value: { isNull: true } },
      ],
    );
    expect(answer).toMatchObject({ numberOfRecordsUpdated: 1, generatedFields: [] });
    expect(await room.count()).toBe(1);
  });

  test("a string without a hint is text, as strictly as the service", async () => {
    const id = "0190b7a0-3c4e-7b1a-9d2f-1234567890ab";
    await expect(room.execute("select 1 from thing where u = :u", [text("u", id)])).rejects.toThrow(
      /operator does not exist: uuid = text.*SQLState: 42883/s,
    );
    expect(await room.records("select 1 from thing where u = :u::uuid", [text("u", id)])).toEqual(
      [],
    );
  });

  test.each([
    ["a literal", "select ':id; ''quoted'' x', :id::int"],
    ["an escape literal", "select E'\\':id', :id::int"],
    ["a quoted name", 'select 0 as ":id", :id::int'],
    ["a line comment", "select 0, -- :nobody ; here\n :id::int"],
    ["a block comment", "select 0, /* :nobody ; */ :id::int"],
    ["a dollar quote", "select $$:nobody;$$, :id::int"],
    ["a tagged dollar quote", "select $a$ $$ :nobody; $a$, :id::int"],
    ["a cast", "select '12:30'::text, :id::int"],
    ["an array slice", "select (array[1,2,3])[1:2], :id::int"],
  ])("what looks like one inside %s is left alone", async (_, sql) => {
    const [row] = (await room.records(sql, [long("id", 5)])) ?? [];
    expect(row?.[1]).toEqual({ longValue: 5 });
  });

  test("used twice, unused, missing", async () => {
    const both = await room.records("select :a::int + :a::int", [long("a", 2), long("unused", 1)]);
    expect(both).toEqual([[{ longValue: 4 }]]);
    await expect(room.execute("select :a::int")).rejects.toMatchObject({
      name: "BadRequestException",
    });
  });

  test("arrays are refused", async () => {
    const list = { name: "a", value: { arrayValue: { longValues: [1] } } };
    await expect(room.execute("select :a", [list])).rejects.toThrow(
      /Array parameters are not supported/,
    );
  });
});

describe("refusals", () => {
  test.each([
    ["select 1; select 2", /Multistatements/],
    ["select 1; ; -- and\n drop table thing", /Multistatements/],
    ["   ", /empty/],
    [`select 1 -- ${"x".repeat(65_536)}`, /longer than 65536/],
  ])("%.30j", async (sql, message) => {
    await expect(room.execute(sql)).rejects.toThrow(message);
  });

  test("one statement may end in semicolons and comments", async () => {
    expect(await room.records("select 1 ; -- that is ; all\n /* yes */ ;")).toEqual([
      [{ longValue: 1 }],
    ]);
  });

  test("an error of the database carries its details, its SQLSTATE, and no constraint member", async () => {
    await room.execute("insert into thing (id) values (1)");
    const error = await room.execute("insert into thing (id) values (1)").catch((thrown) => thrown);
    expect(error).toBeInstanceOf(DatabaseErrorException);
    expect(error.$metadata.httpStatusCode).toBe(400);
    expect(error.message).toBe(
      'ERROR: duplicate key value violates unique constraint "thing_pkey"\n' +
        "  Detail: Key (id)=(1) already exists.; SQLState: 23505",
    );
  });

  test("a statement that takes too long", () =>
    room.withDouble({ statementMs: 50 }, async (double, client) => {
      const sleep = { ...targetOf(double), sql: "select pg_sleep(20)" };
      await expect(client.send(new ExecuteStatementCommand(sleep))).rejects.toMatchObject({
        name: "StatementTimeoutException",
      });
    }));

  test("rows beyond 64 KB and results beyond 1 MiB", async () => {
    await expect(room.execute("select repeat('x', 65537)")).rejects.toThrow(/Packet for query/);
    const large = room.execute("select repeat('x', 60000) from generate_series(1, 18)");
    await expect(large).rejects.toThrow(/response size limit/);
  });

  test("a request beyond 4 MiB", async () => {
    const value = { stringValue: "x".repeat(4 * 1024 * 1024) };
    await expect(room.execute("select :a::text", [{ name: "a", value }])).rejects.toMatchObject({
      $metadata: { httpStatusCode: 413 },
    });
  });

  test.each([
    [{ resourceArn: "arn:aws:rds:us-east-1:000000000000:cluster:else" }, "BadRequestException"],
    [{ secretArn: "arn:aws:secretsmanager:us-east-1:000000000000:secret:x" }, "ForbiddenException"],
    [{ database: "elsewhere" }, "BadRequestException"],
    [{ schema: "public" }, "BadRequestException"],
  ])("another target: %j", async (wrong, name) => {
    await expect(room.execute("select 1", [], wrong)).rejects.toMatchObject({ name });
  });

  test("an unknown operation", async () => {
    const response = await fetch(`${room.api.url}/ExecuteSql`, { method: "POST", body: "{}" });
    expect(response.status).toBe(404);
    expect(response.headers.get("x-amzn-errortype")).toBe("NotFoundException");
  });
});
