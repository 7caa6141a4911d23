import type {
  ExecuteStatementCommand,
  ExecuteStatementCommandInput,
  Field,
  RDSDataClient,
  RDSDataClientConfig,
  SqlParameter,
} from "@aws-sdk/client-rds-data";
import {
  type SqlClient,
  SqlError,
  type SqlParameters,
  type SqlValue,
  type Statement,
} from "../sql-client.ts";
import { type DataApiPolicies, judgeDataApi } from "./data-api-failure.ts";
import { type Pace, realPace, withRetries } from "./retry.ts";
import { statementValues } from "./statement-values.ts";

/** Bounds of this driver. The service itself ends a statement after 45 s. */
export const DATA_API_LIMITS = {
  connectTimeoutMs: 3_000,
  answerTimeoutMs: 20_000,
  patientAnswerTimeoutMs: 60_000, // longer than the service waits
  requestBytesMax: 4 * 1024 * 1024 - 16 * 1024, // the service's 4 MiB count headers and JSON too
  ordinary: { attemptsMax: 5, firstWaitMs: 100, waitMaxMs: 2_000, totalMs: 10_000 },
  // A cluster at zero capacity wakes in about 15 s, in 30 s after a day of sleep.
  resuming: { attemptsMax: 100, firstWaitMs: 500, waitMaxMs: 3_000, totalMs: 45_000 },
} as const satisfies DataApiPolicies & Record<string, unknown>;

export interface DataApiClientOptions {
  readonly resourceArn: string;
  /** Name of the secret, not the secret. */
  readonly secretArn: string;
  readonly database: string;
  /** Region, endpoint, credentials, where the environment does not say them. */
  readonly config?: RDSDataClientConfig;
  /** For migrations: a statement that takes longer than the service waits goes on without it. */
  readonly isPatient?: boolean;
  readonly pace?: Pace;
}

/**
 * The RDS Data API behind the store's seam: for Lambdas, which hold no connections. The SDK is
 * loaded at the first query, so that a cold start that asks nothing does not pay for it.
 */
export function createDataApiClient(options: DataApiClientOptions): SqlClient {
  const { resourceArn, secretArn, database } = options;
  const pace = options.pace ?? realPace;
  let service: Promise<Service> | null = null;
  const judge = (thrown: unknown) => judgeDataApi(thrown, DATA_API_LIMITS);
  return {
    query: async <T>(statement: Statement, parameters: SqlParameters = {}) => {
      const input = {
        ...{ resourceArn, secretArn, database, sql: statement.text },
        parameters: sqlParameters(statement, parameters),
        ...(options.isPatient && { continueAfterTimeout: true }),
      };
      refuseTooLarge(statement, input);
      service ??= connect(options);
      const { send } = await service;
      return withRetries(async () => documents<T>(statement, await send(input)), judge, pace);
    },
    close: async () => {
      const { client } = (await service) ?? {};
      client?.destroy();
    },
  };
}

interface Service {
  readonly client: RDSDataClient;
  send(input: ExecuteStatementCommandInput): Promise<Field[][]>;
}

async function connect({ config = {}, isPatient }: DataApiClientOptions): Promise<Service> {
  const sdk = await import("@aws-sdk/client-rds-data");
  const client = new sdk.RDSDataClient({
    requestHandler: {
      connectionTimeout: DATA_API_LIMITS.connectTimeoutMs,
      requestTimeout: isPatient
        ? DATA_API_LIMITS.patientAnswerTimeoutMs
        : DATA_API_LIMITS.answerTimeoutMs,
      throwOnRequestTimeout: true,
    },
    ...config,
    maxAttempts: 1, // one policy, ours: the SDK would not repeat a resuming cluster
  });
  const send = async (input: ExecuteStatementCommandInput) => {
    const command: ExecuteStatementCommand = new sdk.ExecuteStatementCommand(input);
    return (await client.send(command)).records ?? [];
  };
  return { client, send };
}

function sqlParameters(statement: Statement, parameters: SqlParameters): SqlParameter[] {
  const values = statementValues(statement, parameters);
  return statement.order.map((name, n) => ({ name, value: field(values[n] ?? null) }));
}

/** No type hints: the text casts. */
function field(value: SqlValue): Field {
  if (value === null) return { isNull: true };
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { booleanValue: value };
  return Number.isSafeInteger(value) ? { longValue: value } : { doubleValue: value };
}

/** The service would cut the connection while we still send: better our own clear error. */
function refuseTooLarge(statement: Statement, input: ExecuteStatementCommandInput): void {
  let bytes = Buffer.byteLength(statement.text);
  for (const { value } of input.parameters ?? []) {
    bytes += Buffer.byteLength(JSON.stringify(value?.stringValue ?? ""));
  }
  if (bytes <= DATA_API_LIMITS.requestBytesMax) return;
  throw new SqlError("too-large", `statement ${statement.name}: ${bytes} bytes in one request`);
}

function documents<T>(statement: Statement, records: Field[][]): T[] {
  return records.map(([doc, ...more]) => {
    if (doc?.isNull && more.length === 0) return null as T;
    if (doc?.stringValue === undefined || more.length > 0) throw notJson(statement);
    try {
      return JSON.parse(doc.stringValue) as T;
    } catch {
      throw notJson(statement);
    }
  });
}

const notJson = (statement: Statement) =>
  new SqlError("defect", `statement ${statement.name}: answers must be one json column named doc`);
