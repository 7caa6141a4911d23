import pg from "pg";
import { pgFailure } from "#adapters/store/drivers/pg-failure.ts";
import { SESSION, sessionOptions } from "#adapters/store/drivers/session.ts";
import { statementValues } from "#adapters/store/drivers/statement-values.ts";
import {
  type SqlClient,
  SqlError,
  type SqlParameters,
  type Statement,
} from "#adapters/store/sql-client.ts";
import { parseWakeHint, type WakeHint } from "#adapters/wake/postgres-listen.ts";
import type { Alter } from "../support/direct-client.ts";
import { SECOND_NET } from "../support/store-tables.ts";
import type { VirtualProcess } from "./timeline.ts";
import { EPOCH_MS } from "./virtual-globals.ts";
import type { World } from "./world.ts";

/** The platform's clock in the simulator's hands. Nothing else of the schema is changed. */
const CLOCK = `
  create or replace function hodei.clock() returns timestamptz language sql volatile as
    $$ select current_setting('hodei.virtual_now')::timestamptz $$`;

/** Statistics that come at their own time would change plans, and with them the order of rows. */
const NO_AUTOVACUUM = `
  select format('alter table %s set (autovacuum_enabled = off)', oid::regclass) as sql from pg_class
  where relnamespace = 'hodei'::regnamespace and relkind = 'r'`;

const TABLES = `
  select string_agg(format('%I.%I', schemaname, tablename), ', ' order by tablename) as names
  from pg_tables where schemaname = 'hodei' and tablename <> 'schema_version'`;

const FIRST_ROWS = `
  insert into hodei.control (launch_tokens_at, install_id) values (hodei.clock(), 'simulated');
  insert into hodei.provider (id, name, kind, of_install, max_workers, created_at, updated_at) values
    ('00000000-0000-7000-8000-000000000000', 'ecs', 'fargate', true, 0, hodei.clock(), hodei.clock());`;

/** One database for many simulations, one after the other, over one connection. */
export class SimulatedDatabase {
  readonly #client: pg.Client;
  #tables = "";
  #toldMs = Number.NaN;
  /** Hints that statements gave; whoever listens gets them later, or never. */
  onHint: (hint: WakeHint) => void = () => {};
  alter: Alter = (statement) => statement;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  /** `url`: a migrated database of nobody else's. */
  static async open(url: string, options: { secondNet: boolean }): Promise<SimulatedDatabase> {
    const client = new pg.Client({ connectionString: url, options: sessionOptions(SESSION) });
    await client.connect();
    await client.query("set hodei.virtual_now = '2001-01-01'");
    await client.query(CLOCK);
    const database = new SimulatedDatabase(client);
    for (const statements of [NO_AUTOVACUUM, ...(options.secondNet ? [] : [SECOND_NET])]) {
      const { rows } = await client.query<{ sql: string }>(statements);
      for (const { sql } of rows) await client.query(sql);
    }
    database.#tables = (await client.query<{ names: string }>(TABLES)).rows[0]?.names ?? "";
    await client.query("listen hodei_wake");
    client.on("notification", ({ payload }) => {
      const hint = parseWakeHint(payload);
      if (hint) database.onHint(hint);
    });
    return database;
  }

  close(): Promise<void> {
    return this.#client.end();
  }

  /** Empty as on the first day; what the database itself draws at random is of this seed as well. */
  async reset(seed: number): Promise<void> {
    this.onHint = () => {};
    this.alter = (statement) => statement;
    await this.at(0);
    await this.#client.query(`truncate ${this.#tables}`);
    await this.#client.query(FIRST_ROWS);
    await this.#client.query("select setseed($1)", [(seed % 1_000_003) / 1_000_003]);
  }

  /** Runs one statement at this instant of the simulation, in milliseconds since its beginning. */
  async run<T>(statement: Statement, parameters: SqlParameters, nowMs: number): Promise<T[]> {
    await this.at(nowMs);
    const { name, positional: text, ...changed } = this.alter(statement);
    const values = statementValues({ name, positional: text, ...changed }, parameters);
    try {
      const { rows } = await this.#client.query({ name, text, values, rowMode: "array" });
      return rows.map((row) => row[0] as T);
    } catch (thrown) {
      throw pgFailure(thrown).error;
    }
  }

  async at(nowMs: number): Promise<void> {
    if (nowMs === this.#toldMs) return;
    this.#toldMs = nowMs;
    const instant = new Date(EPOCH_MS + nowMs).toISOString();
    await this.#client.query(`set hodei.virtual_now = '${instant}'`);
  }
}

const UNREACHABLE = "the database does not answer";

/**
 * The database as one process sees it: every statement takes its time, and on its way there or back
 * whatever can happen to it does.
 */
export function databaseOf(world: World, process: VirtualProcess): SqlClient {
  return {
    query: <T>(statement: Statement, parameters: SqlParameters = {}) =>
      new Promise<T[]>((resolve, reject) => {
        const fate = world.faults.statementFate();
        const run = () => world.statement<T>(process, statement, parameters, fate);
        const act = async () => {
          if (fate === "lost") return reject(new SqlError("unavailable", UNREACHABLE));
          try {
            if (fate === "twice") await run();
            const rows = await run();
            if (fate === "unanswered") reject(new SqlError("unavailable", UNREACHABLE));
            else resolve(rows);
          } catch (error) {
            reject(error);
          }
        };
        const wasSent = world.draw.chance(0.5);
        const afterDeath = async () => {
          if (wasSent && fate !== "lost") await run().catch(() => {});
        };
        world.timeline.after(world.faults.statementDelayMs(), process, act, { afterDeath });
      }),
    close: async () => {},
  };
}
