/** The double over a database of its own, and the real SDK that talks to it. */
import {
  BeginTransactionCommand,
  ExecuteStatementCommand,
  type ExecuteStatementCommandInput,
  RDSDataClient,
  type SqlParameter,
} from "@aws-sdk/client-rds-data";
import pg from "pg";
import {
  type DataApi,
  type DataApiOptions,
  startDataApi,
} from "#local/emulators/data-api/start-data-api.ts";
import { createEmptyDatabase } from "../support/database.ts";

export const clientOf = ({ url }: DataApi): RDSDataClient =>
  new RDSDataClient({
    endpoint: url,
    region: "us-east-1",
    credentials: { accessKeyId: "none", secretAccessKey: "none" },
    maxAttempts: 1,
  });

export const targetOf = ({ resourceArn, secretArn, database }: DataApi) => ({
  ...{ resourceArn, secretArn, database },
});

const THING = `create table thing (
  id bigint primary key, u uuid, j jsonb, ts timestamptz, d date, n numeric(10, 2), b bytea,
  ok boolean, t text)`;

export async function openDataApi() {
  const database = await createEmptyDatabase();
  const api = await startDataApi({ databaseUrl: database.url });
  const sdk = clientOf(api);
  const admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  await admin.query(THING);

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
  /** Rows of `thing` as everybody sees them. */
  const count = async () =>
    Number((await admin.query("select count(*) from thing")).rows[0]?.count);

  /** A second double of the same database with other bounds, for one test. */
  const withDouble = async (
    options: Partial<DataApiOptions>,
    body: (api: DataApi, sdk: RDSDataClient) => Promise<void>,
  ): Promise<void> => {
    const double = await startDataApi({ databaseUrl: database.url, ...options });
    const client = clientOf(double);
    await body(double, client).finally(() => client.destroy());
    await double.close();
  };
  const close = async () => {
    sdk.destroy();
    await api.close();
    await admin.end();
    await database.drop();
  };
  return { api, sdk, admin, execute, records, begin, count, withDouble, close };
}
