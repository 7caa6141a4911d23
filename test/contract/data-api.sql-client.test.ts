import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createDataApiClient, DATA_API_LIMITS } from "#adapters/store/drivers/data-api.ts";
import { judgeDataApi } from "#adapters/store/drivers/data-api-failure.ts";
import { realPace } from "#adapters/store/drivers/retry.ts";
import { defineStatement, type SqlClient } from "#adapters/store/sql-client.ts";
import { type DataApi, startDataApi } from "#local/emulators/data-api/start-data-api.ts";
import { createEmptyDatabase, type TestDatabase } from "../support/database.ts";
import { sqlClientExam } from "./sql-client.exam.ts";

const config = (endpoint: string) => ({
  endpoint,
  region: "us-east-1",
  credentials: { accessKeyId: "none", secretAccessKey: "none" },
});
const connect = (api: DataApi, pace = realPace): SqlClient =>
  createDataApiClient({ ...api, config: config(api.url), pace });

sqlClientExam("the RDS Data API", async (databaseUrl) => {
  const api = await startDataApi({ databaseUrl });
  return {
    connect: () => connect(api),
    limits: { rowBytes: 64 * 1024, resultBytes: 1024 * 1024 },
    close: () => api.close(),
  };
});

describe("the RDS Data API driver", () => {
  let database: TestDatabase;
  let api: DataApi;
  let elapsedMs = 0;
  let waits: number[] = [];
  /** Time passes only by waiting. */
  const pace = {
    now: () => elapsedMs,
    random: () => 1,
    sleep: async (ms: number) => {
      waits.push(ms);
      elapsedMs += ms;
    },
  };
  let sql: SqlClient;
  const one = defineStatement("one", "select to_jsonb(1) as doc");
  const make = defineStatement("make", "create table counter as select 0 as n");
  const raise = defineStatement(
    "raise",
    "update counter set n = n + 1 where n = :n::int returning to_jsonb(n) as doc",
  );
  const read = defineStatement("read", "select to_jsonb(n) as doc from counter");

  beforeAll(async () => {
    database = await createEmptyDatabase();
    api = await startDataApi({ databaseUrl: database.url });
    sql = connect(api, pace);
    await sql.query(make);
  });
  afterEach(() => {
    api.faults.clear();
    waits = [];
    elapsedMs = 0;
  });
  afterAll(async () => {
    await sql.close();
    await api.close();
    await database.drop();
  });

  test("waits for a cluster that wakes from zero", async () => {
    api.faults.resuming(7);
    expect(await sql.query(one)).toEqual([1]);
    expect(waits).toEqual([500, 1000, 2000, 3000, 3000, 3000, 3000]);
  });

  test("but not longer than 45 seconds", async () => {
    api.faults.resuming(100);
    await expect(sql.query(one)).rejects.toMatchObject({ kind: "unavailable" });
    expect(elapsedMs).toBeLessThanOrEqual(DATA_API_LIMITS.resuming.totalMs);
    expect(elapsedMs).toBeGreaterThan(40_000);
  });

  test.each([429, 500, 503, 504])("repeats after %i, refused before it ran", async (status) => {
    api.faults.failBefore(2, status);
    expect(await sql.query(one)).toEqual([1]);
    expect(waits).toEqual([100, 200]);
  });

  test("gives up on lasting trouble", async () => {
    api.faults.failBefore(5, 500);
    await expect(sql.query(one)).rejects.toMatchObject({ kind: "unavailable" });
    expect(waits).toEqual([100, 200, 400, 800]);
  });

  test.each([
    ["answered 500", (lost: DataApi) => lost.faults.failAfterCommit(1, 500)],
    ["cut off", (lost: DataApi) => lost.faults.cutAfterCommit(1)],
  ])(
    "a commit whose answer was %s: the repeat finds it done and changes nothing",
    async (_, lose) => {
      const [before = 0] = await sql.query<number>(read);
      lose(api);
      expect(await sql.query(raise, { n: before })).toEqual([]); // stale: it was ourselves
      expect(await sql.query(read)).toEqual([before + 1]);
      expect(waits).toHaveLength(1);
    },
  );

  test("a wrong cluster, secret or database is told at once", async () => {
    const wrong = (part: object) =>
      createDataApiClient({ ...api, ...part, config: config(api.url), pace }).query(one);
    await expect(wrong({ resourceArn: `${api.resourceArn}x` })).rejects.toThrow(/BadRequest/);
    await expect(wrong({ secretArn: `${api.secretArn}x` })).rejects.toThrow(/Forbidden/);
    await expect(wrong({ database: "elsewhere" })).rejects.toMatchObject({ sqlState: "3D000" });
    expect(waits).toEqual([]);
  });

  test("a request beyond 4 MiB is refused before it is sent", async () => {
    const length = defineStatement("length", "select to_jsonb(length(:text::text)) as doc");
    const fits = "x".repeat(4_000_000);
    expect(await sql.query(length, { text: fits })).toEqual([4_000_000]);
    const tooLarge = sql.query(length, { text: `${fits}${"x".repeat(200_000)}` });
    await expect(tooLarge).rejects.toMatchObject({ kind: "too-large" });
  });

  test.each([
    [
      "DatabaseErrorException",
      'ERROR: x constraint "a_b"\n  Detail: d; SQLState: 23505',
      "constraint",
      false,
    ],
    [
      "BadRequestException",
      'ERROR: x constraint "a_b"\n  Detail: d; SQLState: 23505',
      "constraint",
      false,
    ], // older clusters
    ["DatabaseErrorException", "ERROR: deadlock detected; SQLState: 40P01", "unavailable", true],
    [
      "DatabaseErrorException",
      "ERROR: cannot execute UPDATE in a read-only transaction; SQLState: 25006",
      "unavailable",
      true,
    ],
    [
      "DatabaseErrorException",
      "ERROR: syntax error; Position: 1; SQLState: 42601",
      "defect",
      false,
    ],
    ["BadRequestException", "Database response exceeded size limit", "too-large", false],
    ["BadRequestException", "Something else", "defect", false],
    ["StatementTimeoutException", "Request timed out", "unavailable", true],
    ["ThrottlingException", "Rate exceeded", "unavailable", true],
    ["SecretsErrorException", "No such secret", "unavailable", false],
  ])("%s %j is %s", (name, message, kind, repeated) => {
    const thrown = Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 } });
    const { error, policy } = judgeDataApi(thrown, DATA_API_LIMITS);
    expect(error.kind).toBe(kind);
    expect(policy !== null).toBe(repeated);
    expect(error.constraint).toBe(kind === "constraint" ? "a_b" : null);
    expect(error.message).not.toMatch(/Detail|SQLState/);
  });

  test("nobody listens: unavailable", async () => {
    const gone = await startDataApi({ databaseUrl: database.url });
    await gone.close();
    await expect(connect(gone, pace).query(one)).rejects.toMatchObject({ kind: "unavailable" });
    expect(waits).toHaveLength(4);
  });
});
