/**
 * A double of the RDS Data API over a real Postgres: the real SDK talks to it, so that what a
 * Lambda will do in AWS is what runs here. It is as strict as the service (types, limits, refusals)
 * and can be told to fail as the service does (`faults`). Wire: restJson1, always POST; an error is
 * a status, a header `x-amzn-errortype` and a body `{ message }`. Signatures are not checked; the
 * secret's ARN is, and the server listens on loopback only.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import pg from "pg";
import { ApiError, badRequest, fromDatabase } from "./api-error.ts";
import { batchExecuteStatement } from "./batch-execute-statement.ts";
import { beginTransaction } from "./begin-transaction.ts";
import { checkTarget, type DataApiTarget } from "./check-target.ts";
import { commitTransaction } from "./commit-transaction.ts";
import { executeStatement } from "./execute-statement.ts";
import { createFaults, type FaultPlan, type Faults } from "./faults.ts";
import type { DataApiContext, WireRequest } from "./operation.ts";
import { rollbackTransaction } from "./rollback-transaction.ts";
import { serviceLimits } from "./service-limits.ts";
import { createTransactions } from "./transactions.ts";

export interface DataApiOptions {
  /** Of the database it serves; its name is the `database` that requests must name. */
  readonly databaseUrl: string;
  /** 0 or absent = any free one. */
  readonly port?: number;
  readonly resourceArn?: string;
  /** Absent = one with a random end: hand the answer's to the clients. */
  readonly secretArn?: string;
  /** How long a transaction may stay alone. */
  readonly transactionIdleMs?: number;
  /** How long one statement may take. */
  readonly statementMs?: number;
  readonly connectionsMax?: number;
}

export interface DataApi extends DataApiTarget {
  readonly url: string;
  readonly port: number;
  readonly faults: Faults;
  /** Rolls back open transactions and lets go of the database. */
  close(): Promise<void>;
}

const OPERATIONS: Readonly<
  Record<string, (context: DataApiContext, request: WireRequest) => Promise<object>>
> = {
  "/Execute": executeStatement,
  "/BatchExecute": batchExecuteStatement,
  "/BeginTransaction": beginTransaction,
  "/CommitTransaction": commitTransaction,
  "/RollbackTransaction": rollbackTransaction,
};

export async function startDataApi(options: DataApiOptions): Promise<DataApi> {
  const target = targetOf(options);
  const pool = poolOf(options);
  const idleMs = options.transactionIdleMs ?? serviceLimits.transactionIdleMs;
  const transactions = createTransactions(pool, idleMs);
  const context: DataApiContext = { transactions, autocommit: (run) => run(pool) };
  const faults = createFaults();
  const server = createServer((request, response) => {
    void respond(request, response, faults, async () => {
      const operation = OPERATIONS[request.url ?? ""];
      if (!operation) throw new ApiError("NotFoundException", 404, "No such operation");
      const body = await readBody(request);
      await faults.before();
      checkTarget(body, target);
      return operation(context, body);
    });
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.close();
    server.closeAllConnections();
    await transactions.close();
    await pool.end();
  };
  return { ...target, url: `http://127.0.0.1:${port}`, port, faults, close };
}

function targetOf(options: DataApiOptions): DataApiTarget {
  const account = "arn:aws:rds:us-east-1:000000000000:cluster:hodei";
  const secret = "arn:aws:secretsmanager:us-east-1:000000000000:secret:hodei";
  return {
    resourceArn: options.resourceArn ?? account,
    secretArn: options.secretArn ?? `${secret}-${randomBytes(12).toString("hex")}`,
    database: decodeURIComponent(new URL(options.databaseUrl).pathname.slice(1)),
  };
}

function poolOf(options: DataApiOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.databaseUrl,
    application_name: "hodei data api double",
    max: options.connectionsMax ?? 20,
    options: "-c TimeZone=UTC",
    statement_timeout: options.statementMs ?? serviceLimits.statementMs,
  });
  // A restarting server cuts idle connections; the next request connects again or answers 504.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  faults: FaultPlan,
  run: () => Promise<object>,
): Promise<void> {
  response.setHeader("content-type", "application/json");
  response.setHeader("x-amzn-requestid", randomUUID());
  try {
    const answer = await run();
    const loss = faults.after();
    if (loss === "cut") {
      request.socket.destroy();
      return;
    }
    if (loss) throw loss;
    response.end(JSON.stringify(answer));
  } catch (thrown) {
    const { type, status, message, members } = fromDatabase(thrown);
    response.statusCode = status;
    response.setHeader("x-amzn-errortype", type);
    response.end(JSON.stringify({ message, ...members }));
  }
}

async function readBody(request: IncomingMessage): Promise<WireRequest> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= serviceLimits.requestBytesMax) chunks.push(chunk); // read on, or it cannot hear us
  }
  if (bytes > serviceLimits.requestBytesMax) {
    throw new ApiError("RequestEntityTooLargeException", 413, "Request is too large");
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw badRequest("The body is not JSON");
  }
}
