import type { ClientConfig } from "pg";

/** How node-postgres reaches a database: what it needs of its own configuration, and no more. */
export type PgConnection = Pick<
  ClientConfig,
  "connectionString" | "host" | "port" | "database" | "user" | "password" | "ssl"
>;
