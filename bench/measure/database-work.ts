import type pg from "pg";

/** What the server did for one database, counted from its creation. */
export interface DatabaseWork {
  readonly commits: number;
  /** Of the whole server: only one database is busy at a time. */
  readonly walBytes: number;
}

/** Reads the server's counters; sessions report to them at most once a second and when they end. */
export async function databaseWork(client: pg.Client, database: string): Promise<DatabaseWork> {
  const { rows } = await client.query<{ commits: string; wal: string }>(
    `select (select xact_commit from pg_stat_database where datname = $1)::text as commits,
      (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::text as wal`,
    [database],
  );
  return { commits: Number(rows[0]?.commits), walBytes: Number(rows[0]?.wal) };
}
