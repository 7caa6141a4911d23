import type pg from "pg";

/** A row as Postgres shows it in json: instants are ISO texts. */
export type Row = Readonly<Record<string, unknown>>;

/** The tables behind the store's back: to look, to plant what no statement does, to move time. */
export interface Tables {
  run(id: string): Promise<Row>;
  attempt(runId: string, fence?: number): Promise<Row>;
  worker(id: string): Promise<Row>;
  control(): Promise<Row>;
  /** Types of a run's events in order; throws where `seq` is not 1, 2, 3, … */
  events(runId: string): Promise<string[]>;
  rows(sql: string, values?: unknown[]): Promise<Row[]>;
  /** Everything there is, to compare before and after. */
  everything(): Promise<Row>;
  /** Any write, as somebody with a database console would do it. */
  write(sql: string, values?: unknown[]): Promise<void>;
  /** Writes past guard triggers and foreign keys: a state the statements would not make. */
  plant(sql: string, values?: unknown[]): Promise<void>;
  /** true: something was planted since the database was emptied. */
  planted(): boolean;
  /** Leaves the statements alone with their own guards, in this database for good. */
  dropSecondNet(): Promise<void>;
  /** The database's clock in epoch milliseconds. It stands until it is moved. */
  now(): Promise<number>;
  advance(ms: number): Promise<void>;
  empty(): Promise<void>;
  /** Remembers all rows as they are now; answers how to come back to them, quickly. */
  keep(): Promise<() => Promise<void>>;
}

/** It stands still: a test on a slow machine sees the same instants as on a fast one. */
const CLOCK = `
  create table hodei.test_clock (instant timestamptz not null);
  grant select on hodei.test_clock to public;
  insert into hodei.test_clock values (clock_timestamp());
  create or replace function hodei.clock() returns timestamptz language sql volatile as
    $$ select instant from hodei.test_clock $$;`;

const TABLES = [
  ...["run", "attempt", "worker", "run_event", "log_chunk", "gateway", "control", "provider"],
  ...["job_template", "job_template_version", "run_secret", "api_key", "audit_event", "usage"],
];

/** A row as it is compared: a number that only counts up says nothing. */
const seen = (table: string): string =>
  table === "audit_event" ? "(to_jsonb(x) - 'id')" : "to_jsonb(x)";

const EMPTY = `
  truncate hodei.run, hodei.attempt, hodei.worker, hodei.run_event, hodei.log_chunk, hodei.gateway,
    hodei.job_template, hodei.job_template_version, hodei.run_secret, hodei.api_key, hodei.audit_event,
    hodei.usage;
  delete from hodei.control;
  delete from hodei.provider;
  update hodei.test_clock set instant = clock_timestamp();
  insert into hodei.control (launch_tokens_at) values (hodei.clock());
  insert into hodei.provider (id, name, kind, of_install, max_workers, created_at, updated_at)
    values (gen_random_uuid(), 'ecs', 'fargate', true, 0, hodei.clock(), hodei.clock());`;

/** Checks, guard triggers and the unique indexes that only repeat an invariant. Keys stay. */
export const SECOND_NET = `
  select format('alter table %s drop constraint %I', conrelid::regclass, conname) as sql
    from pg_constraint where connamespace = 'hodei'::regnamespace and contype = 'c'
  union all
  select format('alter table %s disable trigger user', oid::regclass) from pg_class
    where relnamespace = 'hodei'::regnamespace and relkind = 'r' and relhastriggers
  union all
  select format('drop index hodei.%I', indexname) from pg_indexes
    where schemaname = 'hodei' and indexname like 'attempt_one_live%'`;

export async function createTables(admin: pg.Client): Promise<Tables> {
  await admin.query(CLOCK);
  let planted = false;
  const rows = async (sql: string, values: unknown[] = []): Promise<Row[]> => {
    const text = `select to_jsonb(q) as row from (${sql}) q`;
    return (await admin.query<{ row: Row }>(text, values)).rows.map(({ row }) => row);
  };
  const one = async (sql: string, values: unknown[] = []): Promise<Row> => {
    const [row] = await rows(sql, values);
    if (row === undefined) throw new Error(`no row: ${sql}`);
    return row;
  };
  return {
    rows,
    run: (id) => one("select * from hodei.run where id = $1", [id]),
    attempt: (runId, fence = 1) =>
      one("select * from hodei.attempt where run_id = $1 and fence = $2", [runId, fence]),
    worker: (id) => one("select * from hodei.worker where id = $1", [id]),
    control: () => one("select * from hodei.control"),
    events: async (runId) => {
      const sql = "select seq, type from hodei.run_event where run_id = $1 order by seq";
      const events = await rows(sql, [runId]);
      events.forEach(({ seq }, index) => {
        if (seq !== index + 1) throw new Error(`event ${seq} is in place ${index + 1}`);
      });
      return events.map(({ type }) => String(type));
    },
    everything: () =>
      one(
        `select ${TABLES.map(
          (name) =>
            `(select jsonb_agg(${seen(name)} order by ${seen(name)}::text) from hodei.${name} x) as ${name}`,
        ).join(", ")}`,
      ),
    planted: () => planted,
    write: async (sql, values = []) => {
      await admin.query(sql, values);
    },
    plant: async (sql, values = []) => {
      planted = true;
      await admin.query("set session_replication_role = replica");
      await admin
        .query(sql, values)
        .finally(() => admin.query("set session_replication_role = origin"));
    },
    dropSecondNet: async () => {
      const { rows: drops } = await admin.query<{ sql: string }>(SECOND_NET);
      await admin.query(drops.map(({ sql }) => sql).join(";"));
    },
    now: async () => Number((await one("select hodei.ms(hodei.clock()) as now")).now),
    advance: async (ms) => {
      await admin.query("update hodei.test_clock set instant = instant + hodei.millis($1)", [ms]);
    },
    keep: async () => {
      await admin.query(KEEP);
      return async () => {
        await admin.query(RESTORE);
      };
    },
    empty: async () => {
      planted = false;
      await admin.query(EMPTY);
    },
  };
}

/** Only what changed is written back: the next thousand pairs find no dead rows in their way. */
const KEEP = `create schema kept; ${TABLES.map(
  (name) => `create table kept.${name} as table hodei.${name};`,
).join("")}`;
const RESTORE = `
  set session_replication_role = replica;
  ${TABLES.map(
    (name) => `
    delete from hodei.${name} x where x::text not in (select k::text from kept.${name} k);
    insert into hodei.${name} select k.* from kept.${name} k
      where k::text not in (select x::text from hodei.${name} x);`,
  ).join("")}
  set session_replication_role = origin;`;

/** Epoch milliseconds of an instant in a row. */
export const at = (instant: unknown): number => Date.parse(String(instant));
