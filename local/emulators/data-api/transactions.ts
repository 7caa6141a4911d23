import { randomBytes } from "node:crypto";
import type pg from "pg";
import { ApiError, transactionNotFound } from "./api-error.ts";

interface Transaction {
  readonly client: pg.PoolClient;
  busy: boolean;
  expiry: NodeJS.Timeout;
}

/** Open transactions: each holds a connection until it ends, fails, or is left alone too long. */
export interface Transactions {
  begin(): Promise<string>;
  /** Runs on the transaction's connection. An error ends the transaction. */
  use<T>(id: string, run: (client: pg.ClientBase) => Promise<T>): Promise<T>;
  end(id: string, how: "commit" | "rollback"): Promise<void>;
  /** Rolls back what is open. */
  close(): Promise<void>;
}

export function createTransactions(pool: pg.Pool, idleMs: number): Transactions {
  const open = new Map<string, Transaction>();

  const expireLater = (id: string) =>
    setTimeout(() => {
      const transaction = open.get(id);
      if (transaction && !transaction.busy)
        void finish(id, transaction, "rollback").catch(() => {});
    }, idleMs).unref();

  const finish = async (
    id: string,
    { client, expiry }: Transaction,
    how: "commit" | "rollback",
  ) => {
    open.delete(id);
    clearTimeout(expiry);
    await queryAnd(client, how, () => client.release());
  };

  const take = (id: string): Transaction => {
    const transaction = open.get(id);
    if (!transaction) throw transactionNotFound(id);
    if (transaction.busy) {
      const message = `Transaction ${id} is still running a query`;
      throw new ApiError("DatabaseErrorException", 400, message);
    }
    clearTimeout(transaction.expiry);
    return transaction;
  };

  return {
    begin: async () => {
      const client = await beginOn(pool);
      const id = randomBytes(72).toString("base64"); // the service's are at most 192 characters
      open.set(id, { client, busy: false, expiry: expireLater(id) });
      return id;
    },
    use: async (id, run) => {
      const transaction = take(id);
      transaction.busy = true;
      try {
        const result = await run(transaction.client);
        transaction.expiry = expireLater(id);
        return result;
      } catch (error) {
        await finish(id, transaction, "rollback").catch(() => {});
        throw error;
      } finally {
        transaction.busy = false;
      }
    },
    end: async (id, how) => finish(id, take(id), how),
    close: async () => {
      const ends = [...open].map(([id, held]) => finish(id, held, "rollback").catch(() => {}));
      await Promise.all(ends);
    },
  };
}

async function beginOn(pool: pg.Pool): Promise<pg.PoolClient> {
  const client = await pool.connect();
  await queryAnd(client, "begin", () => {});
  return client;
}

/** A connection whose begin, commit or rollback failed is not used again. */
async function queryAnd(client: pg.PoolClient, text: string, then: () => void): Promise<void> {
  try {
    await client.query(text);
  } catch (error) {
    client.release(true);
    throw error;
  }
  then();
}
