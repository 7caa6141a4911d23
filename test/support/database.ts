import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";

/** A migrated database of one test file (or one test) alone. */
export interface TestDatabase {
  readonly url: string;
  /** Also while connections are open: they are cut. */
  drop(): Promise<void>;
}

/** Copies the migrated template; about 30 ms. Needs the global setup postgres-server.ts. */
export const createDatabase = (): Promise<TestDatabase> => create(inject("databaseTemplate"));

/** A database without our schema. */
export const createEmptyDatabase = (): Promise<TestDatabase> => create("template0");

async function create(template: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString("hex")}`;
  await administer(`create database ${name} template ${template}`);
  const url = new URL(inject("databaseServer"));
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => administer(`drop database ${name} with (force)`) };
}

/** Runs one statement on the server's own database, outside the database under test. */
export async function administer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject("databaseServer") });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}
