import pg from "pg";
import { type SqlClient, SqlError, type SqlParameters, type Statement } from "../sql-client.ts";
import type { PgConnection } from "./pg-connection.ts";
import { pgFailure } from "./pg-failure.ts";
import { type Judgement, type Pace, type RetryPolicy, realPace, withRetries } from "./retry.ts";
import { SESSION, sessionOptions } from "./session.ts";
import { statementValues } from "./statement-values.ts";

/** Bounds of this driver. A statement of the store takes milliseconds; these end what hangs. */
export const PG_LIMITS = {
  connectTimeoutMs: 5_000, // also the wait for a free connection of the pool
  lockTimeoutMs: 5_000,
  statementTimeoutMs: 15_000,
  answerTimeoutMs: 20_000, // our side: the network is gone and nobody tells us
  idleInTransactionMs: 10_000,
  idleConnectionMs: 60_000,
  keepAliveDelayMs: 1_000,
  planLifetimeSeconds: 600, // plans are made anew now and then, and connections spread over servers
  retry: { attemptsMax: 6, firstWaitMs: 50, waitMaxMs: 2_000, totalMs: 10_000 },
} as const satisfies Record<string, number | RetryPolicy>;

interface PgClientSettings {
  readonly poolSize: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /** Told of idle connections that were lost; the pool replaces them by itself. */
  readonly onError?: (error: Error) => void;
  /** For migrations: no statement is ended by a time-out of this client's or the session's. */
  readonly isPatient?: boolean;
  readonly pace?: Pace;
}

/** postgresql://… holds the password; neither it nor a connection is ever logged. */
export type PgClientOptions = PgClientSettings &
  ({ readonly url: string } | { readonly connection: PgConnection });

/** node-postgres behind the store's seam: for processes that live long (gateway, local mode). */
export function createPgClient(options: PgClientOptions): SqlClient {
  const connections = poolOf(options);
  const pace = options.pace ?? realPace;
  let closing: Promise<void> | null = null;
  return {
    query: async <T>(statement: Statement, parameters: SqlParameters = {}) => {
      const values = statementValues(statement, parameters);
      const judge = (thrown: unknown): Judgement => {
        const { error, repeat } = pgFailure(thrown);
        return { error, policy: repeat && closing === null ? PG_LIMITS.retry : null };
      };
      return withRetries(() => runOnce<T>(connections, statement, values), judge, pace);
    },
    close: () => {
      closing ??= connections.pool.end();
      return closing;
    },
  };
}

interface Connections {
  readonly pool: pg.Pool;
  /** A live connection, none that leads to a former writer. */
  take(): Promise<pg.PoolClient>;
  forgetAll(): void;
}

function poolOf(options: PgClientOptions): Connections {
  const pool = new pg.Pool({
    ...("url" in options ? { connectionString: options.url } : options.connection),
    max: options.poolSize,
    application_name: options.applicationName,
    options: sessionOptions(SESSION),
    maxLifetimeSeconds: PG_LIMITS.planLifetimeSeconds,
    connectionTimeoutMillis: PG_LIMITS.connectTimeoutMs,
    idleTimeoutMillis: PG_LIMITS.idleConnectionMs,
    ...(options.isPatient
      ? {}
      : {
          lock_timeout: PG_LIMITS.lockTimeoutMs,
          statement_timeout: PG_LIMITS.statementTimeoutMs,
          query_timeout: PG_LIMITS.answerTimeoutMs,
        }),
    idle_in_transaction_session_timeout: PG_LIMITS.idleInTransactionMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: PG_LIMITS.keepAliveDelayMs,
  });
  let generation = 0;
  const bornIn = new WeakMap<pg.PoolClient, number>();
  // An error event without a listener ends the process; a query in flight hears of it by itself.
  pool.on("error", (error) => options.onError?.(error));
  pool.on("connect", (client) => {
    client.on("error", () => {});
    bornIn.set(client, generation);
  });
  const take = async (): Promise<pg.PoolClient> => {
    for (;;) {
      const client = await pool.connect();
      if (bornIn.get(client) === generation) return client;
      client.release(true);
    }
  };
  return { pool, take, forgetAll: () => generation++ };
}

async function runOnce<T>(
  connections: Connections,
  statement: Statement,
  values: unknown[],
): Promise<T[]> {
  const client = await connections.take();
  let broken = false;
  try {
    const { name, positional: text } = statement;
    return documents(statement, await client.query({ name, text, values, rowMode: "array" }));
  } catch (thrown) {
    const { reconnect, reconnectAll } = pgFailure(thrown);
    broken = reconnect;
    if (reconnectAll) connections.forgetAll();
    throw thrown;
  } finally {
    client.release(broken);
  }
}

function documents<T>(statement: Statement, result: pg.QueryArrayResult): T[] {
  const [field, ...more] = result.fields;
  if (field === undefined) return []; // an update without `returning`
  const json =
    field.dataTypeID === pg.types.builtins.JSON || field.dataTypeID === pg.types.builtins.JSONB;
  if (!json || more.length > 0) {
    const message = `statement ${statement.name}: answers must be one json column named doc`;
    throw new SqlError("defect", message);
  }
  return result.rows.map((row) => row[0] as T);
}
