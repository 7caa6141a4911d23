import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  BatchExecuteStatementCommand,
  BeginTransactionCommand,
  CommitTransactionCommand,
  DatabaseErrorException,
  ExecuteStatementCommand,
  type ExecuteStatementCommandInput,
  RDSDataClient,
  RollbackTransactionCommand,
  type SqlParameter,
} from "@aws-sdk/client-rds-data";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import {
  type DataApi,
  type DataApiOptions,
  startDataApi,
} from "#local/emulators/data-api/start-data-api.ts";
import { startPostgres } from "#local/postgres/start-postgres.ts";
import { createEmptyDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
let api: DataApi;
let sdk: RDSDataClient;
let admin: pg.Client;

const clientOf = ({ url }: DataApi) =>
  new RDSDataClient({
    endpoint: url,
    region: "us-east-1",
    credentials: { accessKeyId: "none", secretAccessKey: "none" },
    maxAttempts: 1,
  });
const targetOf = ({ resourceArn, secretArn, database }: DataApi) => ({
  ...{ resourceArn, secretArn, database },
});

beforeAll(async () => {
  database = await createEmptyDatabase();
  api = await startDataApi({ databaseUrl: database.url });
  sdk = clientOf(api);
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  await admin.query(`create table thing (
    id bigint primary key, u uuid, j jsonb, ts timestamptz, d date, n numeric(10, 2), b bytea, ok boolean, t text)`);
});
afterAll(async () => {
  sdk.destroy();
  await api.close();
  await admin.end();
  await database.drop();
});
beforeEach(() => admin.query("truncate thing"));

/** A second double of the same database with other bounds, for one test. */
async function withDouble(
  options: Partial<DataApiOptions>,
  body: (api: DataApi, sdk: RDSDataClient) => Promise<void>,
): Promise<void> {
  const double = await startDataApi({ databaseUrl: database.url, ...options });
  const client = clientOf(double);
  await body(double, client).finally(() => client.destroy());
  await double.close();
}

const execute = (
  sql: string,
  parameters: SqlParameter[] = [],
  more: Partial<ExecuteStatementCommandInput> = {},
) => sdk.send(new ExecuteStatementCommand({ ...targetOf(api), sql, parameters, ...more }));
const records = async (sql: string, parameters: SqlParameter[] = []) =>
  (await execute(sql, parameters)).records;
const begin = async () => {
  const { transactionId } = await sdk.send(new BeginTransactionCommand(targetOf(api)));
  return transactionId as string;
};
const count = async () => Number((await admin.query("select count(*) from thing")).rows[0]?.count);

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
    expect(await records(`select ${expression}`)).toEqual([[field]]);
  });

  test("bytes", async () => {
    const bytes = new Uint8Array([0, 1, 255]);
    const [[field] = []] =
      (await records("select :b::bytea", [{ name: "b", value: { blobValue: bytes } }])) ?? [];
    expect([...(field?.blobValue ?? [])]).toEqual([0, 1, 255]);
  });

  test("result options, metadata, and records as JSON", async () => {
    const { records: rows, columnMetadata } = await execute(
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
    const json = await execute("select 1 as a, null as b, 'x' as c", [], {
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
    const answer = await execute(
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
    expect(await count()).toBe(1);
  });

  test("a string without a hint is text, as strictly as the service", async () => {
    const id = "0190b7a0-3c4e-7b1a-9d2f-1234567890ab";
    await expect(execute("select 1 from thing where u = :u", [text("u", id)])).rejects.toThrow(
      /operator does not exist: uuid = text.*SQLState: 42883/s,
    );
    expect(await records("select 1 from thing where u = :u::uuid", [text("u", id)])).toEqual([]);
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
    const [row] = (await records(sql, [long("id", 5)])) ?? [];
    expect(row?.[1]).toEqual({ longValue: 5 });
  });

  test("used twice, unused, missing", async () => {
    const both = await records("select :a::int + :a::int", [long("a", 2), long("unused", 1)]);
    expect(both).toEqual([[{ longValue: 4 }]]);
    await expect(execute("select :a::int")).rejects.toMatchObject({ name: "BadRequestException" });
  });

  test("arrays are refused", async () => {
    const list = { name: "a", value: { arrayValue: { longValues: [1] } } };
    await expect(execute("select :a", [list])).rejects.toThrow(
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
    await expect(execute(sql)).rejects.toThrow(message);
  });

  test("one statement may end in semicolons and comments", async () => {
    expect(await records("select 1 ; -- that is ; all\n /* yes */ ;")).toEqual([
      [{ longValue: 1 }],
    ]);
  });

  test("an error of the database carries its details, its SQLSTATE, and no constraint member", async () => {
    await execute("insert into thing (id) values (1)");
    const error = await execute("insert into thing (id) values (1)").catch((thrown) => thrown);
    expect(error).toBeInstanceOf(DatabaseErrorException);
    expect(error.$metadata.httpStatusCode).toBe(400);
    expect(error.message).toBe(
      'ERROR: duplicate key value violates unique constraint "thing_pkey"\n' +
        "  Detail: Key (id)=(1) already exists.; SQLState: 23505",
    );
  });

  test("a statement that takes too long", () =>
    withDouble({ statementMs: 50 }, async (double, client) => {
      const sleep = { ...targetOf(double), sql: "select pg_sleep(20)" };
      await expect(client.send(new ExecuteStatementCommand(sleep))).rejects.toMatchObject({
        name: "StatementTimeoutException",
      });
    }));

  test("rows beyond 64 KB and results beyond 1 MiB", async () => {
    await expect(execute("select repeat('x', 65537)")).rejects.toThrow(/Packet for query/);
    const large = execute("select repeat('x', 60000) from generate_series(1, 18)");
    await expect(large).rejects.toThrow(/response size limit/);
  });

  test("a request beyond 4 MiB", async () => {
    const value = { stringValue: "x".repeat(4 * 1024 * 1024) };
    await expect(execute("select :a::text", [{ name: "a", value }])).rejects.toMatchObject({
      $metadata: { httpStatusCode: 413 },
    });
  });

  test.each([
    [{ resourceArn: "arn:aws:rds:us-east-1:000000000000:cluster:else" }, "BadRequestException"],
    [{ secretArn: "arn:aws:secretsmanager:us-east-1:000000000000:secret:x" }, "ForbiddenException"],
    [{ database: "elsewhere" }, "BadRequestException"],
    [{ schema: "public" }, "BadRequestException"],
  ])("another target: %j", async (wrong, name) => {
    await expect(execute("select 1", [], wrong)).rejects.toMatchObject({ name });
  });

  test("an unknown operation", async () => {
    const response = await fetch(`${api.url}/ExecuteSql`, { method: "POST", body: "{}" });
    expect(response.status).toBe(404);
    expect(response.headers.get("x-amzn-errortype")).toBe("NotFoundException");
  });
});

describe("transactions", () => {
  const insert = (transactionId?: string) =>
    execute("insert into thing (id) values (1)", [], transactionId ? { transactionId } : {});
  const notFound = { name: "TransactionNotFoundException", $metadata: { httpStatusCode: 404 } };
  const end = (Command: typeof CommitTransactionCommand, transactionId: string) =>
    sdk.send(new Command({ ...targetOf(api), transactionId }));

  test("are seen by others only after commit", async () => {
    const id = await begin();
    await insert(id);
    expect(await count()).toBe(0);
    expect((await end(CommitTransactionCommand, id)).transactionStatus).toBe(
      "Transaction Committed",
    );
    expect(await count()).toBe(1);
    await expect(insert(id)).rejects.toMatchObject(notFound);
  });

  test("are undone by rollback", async () => {
    const id = await begin();
    await insert(id);
    const answer = await end(RollbackTransactionCommand as never, id);
    expect(answer.transactionStatus).toBe("Rollback Complete");
    expect(await count()).toBe(0);
  });

  test("an error ends them", async () => {
    const id = await begin();
    await insert(id);
    await expect(execute("select 1 / 0", [], { transactionId: id })).rejects.toThrow(/22012/);
    await expect(end(CommitTransactionCommand, id)).rejects.toMatchObject(notFound);
    expect(await count()).toBe(0);
  });

  test("take one call at a time", async () => {
    const id = await begin();
    await admin.query("select pg_advisory_lock(1)");
    const slow = execute("select pg_advisory_xact_lock(1)", [], { transactionId: id });
    await vi.waitFor(async () => {
      const { rowCount } = await admin.query(
        "select 1 from pg_locks where locktype = 'advisory' and not granted",
      );
      expect(rowCount).toBe(1);
    });
    await expect(insert(id)).rejects.toThrow(/still running a query/);
    await admin.query("select pg_advisory_unlock(1)");
    await slow;
    await end(CommitTransactionCommand, id);
  });

  test("left alone for too long they are rolled back", () =>
    withDouble({ transactionIdleMs: 50 }, async (double, client) => {
      const target = targetOf(double);
      const { transactionId } = await client.send(new BeginTransactionCommand(target));
      await vi.waitFor(async () => {
        const { rowCount } = await admin.query(
          `select 1 from pg_stat_activity
            where datname = current_database() and state like 'idle in transaction%'`,
        );
        expect(rowCount).toBe(0);
      });
      const commit = new CommitTransactionCommand({ ...target, transactionId });
      await expect(client.send(commit)).rejects.toMatchObject(notFound);
    }));

  test("a batch is all or nothing, alone or inside one", async () => {
    const batch = (ids: number[], transactionId?: string) =>
      sdk.send(
        new BatchExecuteStatementCommand({
          ...targetOf(api),
          sql: "insert into thing (id) values (:id)",
          parameterSets: ids.map((longValue) => [{ name: "id", value: { longValue } }]),
          ...(transactionId && { transactionId }),
        }),
      );
    expect((await batch([1, 2, 3])).updateResults).toHaveLength(3);
    await expect(batch([4, 4])).rejects.toThrow(/23505/);
    expect(await count()).toBe(3);
    const id = await begin();
    await batch([5, 6], id);
    await end(RollbackTransactionCommand as never, id);
    expect(await count()).toBe(3);
  });
});

describe("faults", () => {
  test("resuming, then awake", async () => {
    api.faults.resuming(1);
    await expect(execute("select 1")).rejects.toMatchObject({
      name: "DatabaseResumingException",
      $metadata: { httpStatusCode: 400 },
    });
    expect(await records("select 1")).toEqual([[{ longValue: 1 }]]);
  });

  test("refused before, lost after", async () => {
    api.faults.failBefore(1, 503);
    await expect(execute("insert into thing (id) values (1)")).rejects.toThrow();
    expect(await count()).toBe(0);
    api.faults.failAfterCommit(1, 500);
    await expect(execute("insert into thing (id) values (1)")).rejects.toMatchObject({
      name: "InternalServerErrorException",
    });
    expect(await count()).toBe(1);
    api.faults.cutAfterCommit(1);
    await expect(execute("insert into thing (id) values (2)")).rejects.toThrow();
    expect(await count()).toBe(2);
  });

  test("latency, until cleared", async () => {
    api.faults.latency(50);
    const begun = performance.now();
    await execute("select 1");
    expect(performance.now() - begun).toBeGreaterThan(45);
    api.faults.resuming(1);
    api.faults.clear();
    await execute("select 1");
  });
});

test("a Postgres that restarts: 504 meanwhile, then it serves again", async () => {
  const place = mkdtempSync(join(tmpdir(), "hodei-restart-"));
  let server = await startPostgres({ dataDir: place, durable: false });
  const { port } = server;
  const other = await startDataApi({ databaseUrl: server.url });
  const client = clientOf(other);
  const ask = () =>
    client.send(new ExecuteStatementCommand({ ...targetOf(other), sql: "select 1" }));
  try {
    await ask();
    await server.kill();
    await expect(ask()).rejects.toMatchObject({
      name: "DatabaseUnavailableException",
      $metadata: { httpStatusCode: 504 },
    });
    server = await startPostgres({ dataDir: place, port, durable: false });
    await ask();
  } finally {
    client.destroy();
    await other.close();
    await server.stop();
    rmSync(place, { recursive: true });
  }
});
